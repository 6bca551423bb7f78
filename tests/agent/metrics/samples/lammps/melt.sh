# needs: apt:lammps
cat > in.melt <<'END'
units lj
atom_style atomic
lattice fcc 0.8442
region box block 0 4 0 4 0 4
create_box 1 box
create_atoms 1 box
mass 1 1.0
velocity all create 3.0 87287
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0 2.5
neighbor 0.3 bin
fix 1 all nve
thermo 50
run 500
thermo_style custom step temp press pe ke etotal density
thermo 100
run 400
END
lmp -in in.melt -log none -sf none
