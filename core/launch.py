"""Becomes another program, which the kernel ends when the starter dies: python -I core/launch.py SIGNAL USER PROGRAM ARGUMENTS…

A program of its own, because doing this between fork and exec of a process with threads can hang. USER may be empty.
"""

import ctypes
import os
import pwd
import sys


def main() -> None:
    sign, user, *argv = sys.argv[1:]
    if user:
        entry = pwd.getpwnam(user)
        os.initgroups(entry.pw_name, entry.pw_gid)
        os.setgid(entry.pw_gid)
        os.setuid(entry.pw_uid)
    if sys.platform == "linux":
        # PR_SET_PDEATHSIG; after setuid, which would clear it.
        ctypes.CDLL(None).prctl(1, int(sign), 0, 0, 0)
    os.execvp(argv[0], argv)  # noqa: S606 (there is no shell on purpose)


if __name__ == "__main__":
    main()
