"""Claims whose claimant is dead: what is proved about their attempts decides what becomes of them."""

from typing import Optional

from nerotui.agent import durable
from nerotui.agent.processes import identity
from nerotui.agent.queue import holders
from nerotui.agent.queue.queue import CLAIMED, Entry, Queue
from nerotui.agent.run import attempts, events
from nerotui.agent.run.layout import Root, RunFolder
from nerotui.agent.run.status import Status
from nerotui.agent.supervise import closing, start


def orphaned(entry: Entry) -> bool:
    """Whether an entry is the claim of a process that is proved dead."""
    return entry.kind == CLAIMED and entry.claimant is not None and identity.alive(entry.claimant) is False


def recover(root: Root, queue: Queue, claim: Entry) -> Optional[Entry]:
    """Settles an orphaned claim where that needs no supervisor, else takes it over and returns it.

    Nothing ran: the entry goes back in line. The end is on record: what follows from it is done. It ran and no end is
    on record: a supervisor is needed, to adopt it. A child that may yet run is waited for.
    """
    if needless(root, queue, claim):
        return None
    folder = root.run(claim.run)
    if settle(root, queue, claim):
        return None
    tried = attempts.read(folder.attempts).tries.get(claim.attempt)
    if tried is not None and tried.ran:
        return queue.claim(claim, identity.mine())
    wait_again(queue, folder, claim, "dispatch")
    return None


def needless(root: Root, queue: Queue, claim: Entry) -> bool:
    """Whether an orphaned claim is one that nobody needs; it is gone then."""
    for other in queue.entries():
        twin = other != claim and (other.run, other.attempt) == (claim.run, claim.attempt)
        if twin and other.kind == CLAIMED and not orphaned(other):
            queue.drop(claim)  # made when somebody could not see the other one, which is in good hands
            return True
    if durable.read_json(root.run(claim.run).spec) is None:
        queue.drop(claim)  # removed, all but its entry
        holders.free_all(queue.folder, holders.Holder(claim.run, claim.attempt))
        return True
    return False


def wait_again(queue: Queue, folder: RunFolder, claim: Entry, kind: str) -> None:
    """Puts a claim back of which nothing ran, if that is proved.

    Args:
        queue: where it is.
        folder: the run's.
        claim: of a dead claimant.
        kind: of the process that does it.
    """
    if start.may_try(folder, claim.attempt) and closing.put_back(queue, claim):
        writer = events.Writer(folder, kind, identity.mine())
        writer.add("requeued", "its supervisor died before it started: it waits again", attempt=claim.attempt)


def settle(root: Root, queue: Queue, claim: Entry) -> bool:
    """Does what follows from the end of an attempt that its supervisor did not let go of; False where it has no end."""
    folder = root.run(claim.run)
    end = attempts.read(folder.attempts).end(claim.attempt)
    if end is None:
        return False
    mine = queue.claim(claim, identity.mine())
    if mine is not None:
        closing.settle(root, queue, mine, end, Status(folder, claim.attempt))
        queue.drop(mine)
    return True
