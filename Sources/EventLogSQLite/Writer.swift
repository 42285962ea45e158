import Glibc
import HindsightCore
import SQLiteConnection
import Synchronization

/// The one thread of this process that writes to the log: it takes everything that waits into one transaction, so that many appends
/// share a flush, and each still gets its own answer.
final class Writer: Sendable {
    private let mailbox = Mailbox<any WriterJob>()
    private let end = EndOfWriting()

    init(
        file: LogFile, queue: Folder, connection: Connection, clock: any WallClock, checkpoints: CheckpointPolicy,
        notify: @escaping @Sendable (LogNotice) -> Void, onCommit: @escaping @Sendable (Position?) -> Void
    ) {
        let loop = WriterLoop(
            mailbox: mailbox, file: file, queue: queue, connection: connection, clock: clock, checkpoints: checkpoints, notify: notify,
            onCommit: onCommit)
        startThread { [end] in
            loop.run()
            end.arrive()
        }
    }

    deinit { mailbox.close() }

    /// Finishes what waits, closes the file, and then returns.
    func close() async {
        mailbox.close()
        await end.wait()
    }

    /// Runs `body` in a write transaction and returns once it is on the disk.
    nonisolated(nonsending) func perform<Result: Sendable>(
        weight: Int = 0, _ body: @escaping @Sendable (WriteTransaction) throws -> Result
    ) async throws(EventLogError) -> Result {
        try await withCheckedContinuation { continuation in
            let job = PendingJob(weight: weight, continuation: continuation, body: body)
            if !mailbox.put(job) { job.settle(.unavailable(reason: "the log is closed")) }
        }.get()
    }
}

/// Lets tasks wait until the thread has closed the file.
private final class EndOfWriting: Sendable {
    private struct State {
        var hasCome = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func arrive() {
        let waiters = state.withLock { state in
            state.hasCome = true
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    func wait() async {
        await withCheckedContinuation { continuation in
            let hasCome = state.withLock { state in
                if !state.hasCome { state.waiters.append(continuation) }
                return state.hasCome
            }
            if hasCome { continuation.resume() }
        }
    }
}

private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Start: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    let code = pthread_create(
        &thread, nil,
        { argument in
            guard let argument else { return nil }
            Unmanaged<Start>.fromOpaque(argument).takeRetainedValue().body()
            return nil
        }, Unmanaged.passRetained(Start(body)).toOpaque())
    precondition(code == 0, "the system has no thread left for the log's writer")
    pthread_detach(thread)
}

/// What the writer's thread does. `@unchecked Sendable`: made on one thread, then used by the writer's alone.
private final class WriterLoop: @unchecked Sendable {
    private let mailbox: Mailbox<any WriterJob>
    private var gathering = Gathering()
    private let file: LogFile
    private let queue: Folder
    private let clock: any WallClock
    private let notify: @Sendable (LogNotice) -> Void
    private let onCommit: @Sendable (Position?) -> Void
    private let checkpoints: Checkpoints
    /// `nil` after a failed flush, until it is opened again.
    private var connection: Connection?
    private var memory: WriterMemory?
    /// Whether a flush has failed since the write-ahead log was last known to be on the disk.
    private var isFlushInDoubt = false
    private var isClockBehind = false

    /// So that no transaction grows without end, and its first append does not wait for ever.
    private static let mostJobs = 1_024
    private static let mostBytes = 16 << 20

    init(
        mailbox: Mailbox<any WriterJob>, file: LogFile, queue: Folder, connection: Connection, clock: any WallClock,
        checkpoints: CheckpointPolicy, notify: @escaping @Sendable (LogNotice) -> Void, onCommit: @escaping @Sendable (Position?) -> Void
    ) {
        self.mailbox = mailbox
        self.file = file
        self.queue = queue
        self.connection = connection
        self.checkpoints = Checkpoints(checkpoints, notify: notify)
        self.clock = clock
        self.notify = notify
        self.onCommit = onCommit
    }

    func run() {
        while let jobs = mailbox.take(&gathering, Self.groupSize) { commit(jobs) }
        letGoOfFile()
    }

    private static func groupSize(_ jobs: [any WriterJob]) -> Int {
        var (count, bytes) = (0, 0)
        for job in jobs.prefix(mostJobs) {
            bytes += job.weight
            guard count == 0 || bytes <= mostBytes else { break }
            count += 1
        }
        return count
    }

    private enum Outcome {
        case committed
        /// There was no transaction.
        case notBegun(EventLogError)
        /// The transaction failed, and nothing was stored.
        case failed(EventLogError)
        /// The flush failed.
        case unknown(EventLogError)
    }

    private func commit(_ jobs: [any WriterJob]) {
        let began = ContinuousClock.now
        switch attempt(jobs) {
        case .committed:
            gathering.answering(jobs.count, whileWaiting: mailbox.count, after: ContinuousClock.now - began)
            jobs.forEach { $0.settle(nil) }
            onCommit(memory?.head?.position)
            guard !checkpoints.failed(afterCommitOf: connection) else {
                isFlushInDoubt = true
                return letGoOfFile()
            }
        case .notBegun(let error):
            jobs.forEach { $0.settle(error) }
            letGoOfFile()
        case .failed(let error):
            // One of them may be to blame, like a batch that the disk has no room for: each for itself, then.
            if jobs.count > 1 { jobs.forEach { commit([$0]) } } else { jobs.forEach { $0.settle(error) } }
        case .unknown(let error):
            jobs.forEach { $0.settle(error) }
            isFlushInDoubt = true
            letGoOfFile()
            notify(.flushFailed)
        }
    }

    /// After an error, what a connection believes about the file may be wrong: the next transaction opens it again and reads.
    private func letGoOfFile() {
        // First, because its statements keep the file open.
        memory = nil
        connection?.close()
        connection = nil
    }

    private func attempt(_ jobs: [any WriterJob]) -> Outcome {
        let connection: Connection
        do throws(EventLogError) {
            connection = if let open = self.connection { open } else { try file.openWriter() }
            self.connection = connection
            try file.translating { try file.beginWriting(on: connection, in: queue) }
            if isFlushInDoubt { try WriteAheadLog(path: "\(file.path)-wal").writeAgain() }
            isFlushInDoubt = false
        } catch {
            return .notBegun(error)
        }
        let memory = self.memory ?? WriterMemory(connection)
        self.memory = memory
        do throws(EventLogError) {
            return try file.translating { try finish(jobs, on: connection, memory) }
        } catch {
            memory.forget(connection)
            return .failed(error)
        }
    }

    /// Does the jobs in the transaction that has begun, and ends it.
    private func finish(_ jobs: [any WriterJob], on connection: Connection, _ memory: WriterMemory) throws -> Outcome {
        let transaction = WriteTransaction(on: connection, memory: memory, clock: clock)
        do {
            try memory.begin(on: connection)
            for job in jobs { try job.run(in: transaction) }
            try transaction.finish()
        } catch {
            try connection.rollBack()
            throw error
        }
        do throws(SQLiteError) {
            try connection.run("COMMIT")
        } catch {
            guard !error.mayHaveCommitted else { return .unknown(.outcomeUnknown(reason: "\(error)")) }
            try connection.rollBack()
            throw error
        }
        watchClock(transaction)
        return .committed
    }

    /// Says once that the clock stepped back, not at every append until it has caught up.
    private func watchClock(_ transaction: WriteTransaction) {
        switch transaction.clockState {
        case .behind(let head, let clock):
            if !isClockBehind { notify(.clockSteppedBack(head: head, clock: clock)) }
            isClockBehind = true
        case .ahead: isClockBehind = false
        case nil: break
        }
    }
}
