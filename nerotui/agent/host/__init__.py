"""Numbers of this host: processors, memory, disks, network, GPUs, each naming its source."""
