"""Slurm's words for states, reasons and refusals, and what they mean to a user."""

from __future__ import annotations

from collections.abc import Mapping

from nerotui.agent.states import RunState

_S = RunState

#: Slurm's words for a job's state. One that is being signalled still runs as far as Slurm goes.
STATES: Mapping[str, RunState] = {
    "PENDING": _S.QUEUED,
    "CONFIGURING": _S.STARTING,
    "RUNNING": _S.RUNNING,
    "SIGNALING": _S.RUNNING,
    "STAGE_OUT": _S.STOPPING,
    "COMPLETING": _S.STOPPING,
    "SUSPENDED": _S.PAUSED,
    "STOPPED": _S.PAUSED,
    "REQUEUED": _S.QUEUED,
    "REQUEUE_FED": _S.QUEUED,
    "REQUEUE_HOLD": _S.HELD,
    "SPECIAL_EXIT": _S.HELD,
    "RESIZING": _S.RUNNING,
    "RESV_DEL_HOLD": _S.HELD,
    "COMPLETED": _S.DONE,
    "FAILED": _S.FAILED,
    "CANCELLED": _S.KILLED,
    "TIMEOUT": _S.TIMEOUT,
    "DEADLINE": _S.TIMEOUT,
    "OUT_OF_MEMORY": _S.OOM,
    "PREEMPTED": _S.PREEMPTED,
    "NODE_FAIL": _S.LOST,
    "BOOT_FAIL": _S.FAILED,
    "REVOKED": _S.KILLED,
}

#: States after which a job runs no more.
OVER = frozenset(
    {
        "BOOT_FAIL",
        "CANCELLED",
        "COMPLETED",
        "DEADLINE",
        "FAILED",
        "NODE_FAIL",
        "OUT_OF_MEMORY",
        "PREEMPTED",
        "REVOKED",
        "TIMEOUT",
    }
)

#: Why a job waits, or how it ended: what a user makes of Slurm's reason. Others are shown as Slurm says them. What
#: tells one from another comes first: a row has room for two words.
REASONS: Mapping[str, str] = {
    "None": "",
    "Priority": "behind others of higher priority",
    "Resources": "not free yet: it is next when what it asked for is",
    "Dependency": "after another job, which has not ended yet",
    "DependencyNeverSatisfied": "the job that it waits for did not end as asked: it will never start",
    "JobHeldUser": "held by its owner",
    "job requeued in held state": "held: it was put back by hand",
    "JobHoldMaxRequeue": "held: it was put back too often",
    "JobHeldAdmin": "held by an administrator, who alone can release it",
    "BeginTime": "it was asked to start later, or was put back a moment ago",
    "JobArrayTaskLimit": "array limit: as many of its tasks run as may at once",
    "PartitionTimeLimit": "it asks for more time than its partition allows",
    "PartitionNodeLimit": "it asks for more nodes than its partition allows",
    "PartitionDown": "its partition is down",
    "PartitionInactive": "its partition takes no jobs to start now",
    "QOSMaxJobsPerUserLimit": "you have as many jobs running as your quality of service allows",
    "QOSMaxSubmitJobPerUserLimit": "you have as many jobs in the queue as your quality of service allows",
    "QOSMaxGRESPerUser": "you use as many GPUs as your quality of service allows",
    "QOSGrpGRES": "all GPUs that your quality of service allows are in use",
    "AssocGrpGRES": "all GPUs that your account may use are in use",
    "AssocGrpCpuLimit": "all processors that your account may use are in use",
    "AssocMaxJobsLimit": "you have as many jobs running as your account allows",
    "AssocGrpBillingMinutes": "your account's time is used up",
    "AssocGrpCPUMinutesLimit": "your account's time is used up",
    "ReqNodeNotAvail": "a node that it needs is down or reserved",
    "Reservation": "its reservation has not begun",
    "Licenses": "no licence is free",
    "BadConstraints": "no node can ever give what it asks for",
    "NonZeroExitCode": "",
    "JobLaunchFailure": "it could not be started, or a signal ended it",
    "NodeDown": "its node went down",
    "TimeLimit": "its time limit was reached",
    "OutOfMemory": "it used more memory than it had asked for",
    "launch_failed_requeued_held": "it could not be started; it was put back and held",
}

#: What Slurm says, and what it means to a user who sees it on a key.
REFUSALS = (
    ("Access/permission denied", "this site lets only administrators do that"),
    ("Invalid job id specified", "Slurm knows the job no more"),
    ("Job is pending execution", "the job has not started"),
    ("Job has already finished", "the job is over"),
    ("Job is no longer pending", "the job does not wait any more"),
    ("Job can not be altered now", "the job is just ending; try again in a few seconds"),
    ("already completing or completed", "the job is just ending, or over"),
    ("priority are not persistent", "this site lets a job's place be changed by its nice value alone"),
    ("Requested operation is presently disabled", "this site has switched that off"),
    ("Invalid user id", "the job is another user's"),
    ("Unable to contact slurm controller", "Slurm's controller does not answer"),
)

#: Slurm's words where a job is between two states: in a second it may be otherwise.
BETWEEN = ("can not be altered now", "try again later", "Transport endpoint is not connected")

#: What the site never grants its users, whatever the job.
FORBIDDEN = ("Access/permission denied", "priority are not persistent", "presently disabled")

#: What scancel says of a job that is over already.
GONE = ("already completing or completed", "Job has already finished", "Invalid job id specified")
