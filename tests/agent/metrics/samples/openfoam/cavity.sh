# needs: apt:openfoam apt:openfoam-examples
export WM_PROJECT_DIR=/usr/share/openfoam
cp -r /usr/share/doc/openfoam-examples/examples/incompressible/icoFoam/cavity/cavity/. .
gunzip -r . 2>/dev/null
blockMesh >/dev/null 2>&1
sed -i 's/^endTime .*/endTime 0.1;/' system/controlDict
icoFoam
