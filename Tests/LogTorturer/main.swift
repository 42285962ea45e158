// A process that works on a log until it ends or is killed, and says on standard output what it was told.
//
//   log-torturer append FOLDER [KEY=VALUE...]   appends a workload, and repeats what failed
//   log-torturer fill FOLDER BALLAST            appends until the disk is full, removes the file BALLAST, and goes on
//   log-torturer limit FOLDER BYTES             the same, but full is a limit on the size of files, which is then lifted
//   log-torturer compete FOLDER NAME SLOTS      takes slots that others want, too: by expected versions and a condition
//   log-torturer seize FOLDER SEED TIMES        takes SQLite's write lock again and again, for moments
//   log-torturer seize FOLDER                   takes it, says "seized", and gives it back at the end of its standard input
//   log-torturer hold FOLDER                    takes the lock of the folder, says "held", and keeps it until it is killed
//   log-torturer open FOLDER [reading]          says "opened EVENTS" or "refused REASON"
//   log-torturer read FOLDER PROPERTY NAME      reads by stream, category, type or tag, and says "read EVENTS BYTES"
//   log-torturer unprivileged COMMAND...        does one of these as a user who owns nothing
//   log-torturer round SEED [KIND]              carries out the soak's round of this seed, or one of a kind of accident

import Glibc
import LogFaults

do {
    try await Torturer(arguments: Array(CommandLine.arguments.dropFirst())).run()
} catch {
    say("failed \(error)")
    exit(1)
}
