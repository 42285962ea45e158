import HindsightTesting

/// A process appends while a system call fails now and then, or from some moment on.
package struct FailingDevice {
    private let injection: Strace.Injection
    private let workload: Workload

    package init(_ injection: Strace.Injection, _ workload: Workload) {
        self.injection = injection
        self.workload = workload
    }

    /// Expects every batch to get an answer, the log to be read after each failure, the batches to be settled by sending them again once
    /// the fault is over, and nothing acknowledged to be lost.
    ///
    /// - Returns: What the process was told.
    package func expectPromisesKept() async throws -> Account {
        try await withScratchFolder { folder in
            let (account, end) = try TortureRun.run(workload, in: folder, injecting: injection)
            do {
                try expect(account.isDone && end == .exited(0), "the process ended with \(end), and not by itself")
                let answered = account.acknowledged.count + account.givenUp.count
                let wasOpened = !account.givenUp.contains("opening")
                try expect(
                    !wasOpened || answered == workload.batches, "\(answered) of \(workload.batches) batches were settled or given up")
                if injection.last != nil { try expect(account.givenUp.isEmpty, "batches were given up, though the fault was over") }
                try await Inspection(folder: folder).expectPromisesKept(account)
            } catch {
                throw Contradiction("\(injection): \(error)")
            }
            return account
        }
    }
}
