"""Fixtures of the channels' tests: the sshds, and channels to them."""

from tests.rigs.sshd import ssh_config, sshd_farm

__all__ = ["ssh_config", "sshd_farm"]
