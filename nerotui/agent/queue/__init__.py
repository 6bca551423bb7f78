"""What waits on this host, and who starts it when: order, slots, GPUs, and the dispatcher."""
