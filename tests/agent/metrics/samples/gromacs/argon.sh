# needs: apt:gromacs
# as: pipe
# keeps: md.log
python3 - <<'END'
n = 5
with open("conf.gro", "w") as f:
    print("argon", n**3, sep="\n", file=f)
    for i in range(n**3):
        x, y, z = (0.2 + 0.4 * k for k in (i // 25, i // 5 % 5, i % 5))
        print("%5d%-5s%5s%5d%8.3f%8.3f%8.3f" % (i + 1, "AR", "AR", i + 1, x, y, z), file=f)
    print("%10.5f%10.5f%10.5f" % ((0.4 * n,) * 3), file=f)
open("topol.top", "w").write("""[ defaults ]
1 2 no 1.0 1.0
[ atomtypes ]
AR 18 39.948 0.0 A 0.34 0.996
[ moleculetype ]
AR 1
[ atoms ]
1 AR 1 AR AR 1 0.0 39.948
[ system ]
argon
[ molecules ]
AR %d
""" % n**3)
open("md.mdp", "w").write("""integrator = md
nsteps = 1000
dt = 0.002
nstlog = 100
nstcalcenergy = 50
cutoff-scheme = Verlet
rvdw = 0.9
rcoulomb = 0.9
rlist = 0.9
tcoupl = v-rescale
tc-grps = System
tau_t = 0.5
ref_t = 120
gen_vel = yes
gen_temp = 120
gen_seed = 3
""")
END
gmx -quiet -nobackup grompp -f md.mdp -c conf.gro -p topol.top -o t.tpr -maxwarn 5 >/dev/null 2>&1
gmx -quiet -nobackup mdrun -s t.tpr -deffnm md -nt 1 -pin off -v 2>&1
