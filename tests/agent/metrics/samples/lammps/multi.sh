# needs: apt:lammps
cat > in.melt <<'END'
units lj
lattice fcc 0.8442
region box block 0 3 0 3 0 3
create_box 1 box
create_atoms 1 box
mass 1 1.0
velocity all create 2.0 12345
pair_style lj/cut 2.5
pair_coeff 1 1 1.0 1.0 2.5
fix 1 all nvt temp 2.0 2.0 0.1
thermo_style multi
thermo 40
run 400
END
lmp -in in.melt -log none
