import HeapModule
import HindsightCore
import Synchronization

/// Everything that happens in a simulation, one thing after the other in one thread.
///
/// What is ready now comes first: the jobs of the processes, in an order that the seed decides. Once nothing is ready, time jumps to the
/// next instant that something was put down for.
package final class SimulationLoop: Sendable {
    private struct Ready {
        let executor: SimulatedExecutor
        let job: UnownedJob
    }

    private struct Entry: Comparable {
        enum Deed: Sendable {
            case wake(Int)
            case run(@Sendable () -> Void)
        }

        let due: Duration
        let number: Int
        let deed: Deed

        static func < (left: Entry, right: Entry) -> Bool { (left.due, left.number) < (right.due, right.number) }
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }

    private struct State {
        var ready: [Ready] = []
        var agenda = Heap<Entry>()
        var number = 0
        var sleepers: [Int: CheckedContinuation<Void, any Error>] = [:]
        var elapsed = Duration.zero
        var jobs = 0
        var order: SeededGenerator
        let isShuffled: Bool

        mutating func nextNumber() -> Int {
            number += 1
            return number
        }
    }

    private let state: Mutex<State>

    /// - Parameter isShuffled: Otherwise what became ready first runs first.
    package init(seed: UInt64, isShuffled: Bool) {
        state = Mutex(State(order: SeededGenerator(seed), isShuffled: isShuffled))
    }

    /// Since the simulation began, whatever any clock was set to.
    package var elapsed: Duration { state.withLock(\.elapsed) }

    func enqueue(_ job: UnownedJob, on executor: SimulatedExecutor) {
        state.withLock { $0.ready.append(Ready(executor: executor, job: job)) }
    }

    /// Takes the jobs of a process that is stopped out of the loop.
    func withdraw(from executor: SimulatedExecutor) -> [UnownedJob] {
        state.withLock { state in
            let jobs = state.ready.filter { $0.executor === executor }.map(\.job)
            state.ready.removeAll { $0.executor === executor }
            return jobs
        }
    }

    /// Does something after `duration`.
    package func after(_ duration: Duration, _ body: @escaping @Sendable () -> Void) {
        state.withLock { state in
            state.agenda.insert(Entry(due: state.elapsed + max(duration, .zero), number: state.nextNumber(), deed: .run(body)))
        }
    }

    /// - Throws: `CancellationError`.
    package func sleep(for duration: Duration) async throws {
        let number = state.withLock { $0.nextNumber() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = Task.isCancelled
                state.withLock { state in
                    guard !isCancelled else { return }
                    state.sleepers[number] = continuation
                    state.agenda.insert(Entry(due: state.elapsed + max(duration, .zero), number: number, deed: .wake(number)))
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            state.withLock { $0.sleepers.removeValue(forKey: number) }?.resume(throwing: CancellationError())
        }
    }

    /// Wakes whoever sleeps: a clock was set, so everybody looks at it again.
    package func wakeAll() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [:] }
            return state.sleepers.sorted { $0.key < $1.key }.map(\.value)
        }
        for sleeper in sleepers { sleeper.resume() }
    }

    /// Runs until nothing is ready and nothing is put down any more.
    ///
    /// - Throws: ``Endless`` after `mostJobs` jobs.
    package func run(mostJobs: Int) throws {
        while true {
            if let next = takeReady() {
                next.executor.run(next.job)
                guard state.withLock(\.jobs) < mostJobs else { throw Endless(jobs: mostJobs) }
            } else if let deed = takeDue() {
                deed()
            } else {
                return
            }
        }
    }

    /// The work goes on for ever without time passing.
    struct Endless: Error, CustomStringConvertible {
        let jobs: Int
        var description: String { "it does not come to rest: \(jobs) jobs were run" }
    }

    private func takeReady() -> Ready? {
        state.withLock { state in
            guard !state.ready.isEmpty else { return nil }
            state.jobs += 1
            guard state.isShuffled else { return state.ready.removeFirst() }
            let index = Int.random(in: state.ready.indices, using: &state.order)
            state.ready.swapAt(index, state.ready.count - 1)
            return state.ready.removeLast()
        }
    }

    /// What is due next; time jumps there.
    private func takeDue() -> (() -> Void)? {
        state.withLock { state in
            while let next = state.agenda.popMin() {
                switch next.deed {
                case .run(let body):
                    state.elapsed = next.due
                    return body
                case .wake(let number):
                    // Who was cancelled meanwhile is awaited by nobody.
                    guard let sleeper = state.sleepers.removeValue(forKey: number) else { continue }
                    state.elapsed = next.due
                    return { sleeper.resume() }
                }
            }
            return nil
        }
    }
}

/// Runs the tasks of one process of a simulation: all that begin with it as their preference, and their children.
package final class SimulatedExecutor: TaskExecutor {
    private struct State {
        var isStopped = false
        /// Of a process that is stopped.
        var held: [UnownedJob] = []
        /// Called before the job that is so many jobs away.
        var trap: (jobs: Int, body: @Sendable () -> Void)?
    }

    private let loop: SimulationLoop
    private let state = Mutex(State())

    init(_ loop: SimulationLoop) { self.loop = loop }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isHeld = state.withLock { state in
            if state.isStopped { state.held.append(job) }
            return state.isStopped
        }
        if !isHeld { loop.enqueue(job, on: self) }
    }

    func run(_ job: UnownedJob) {
        let trap = state.withLock { state -> (@Sendable () -> Void)? in
            guard let trap = state.trap else { return nil }
            state.trap = trap.jobs == 0 ? nil : (trap.jobs - 1, trap.body)
            return trap.jobs == 0 ? trap.body : nil
        }
        trap?()
        // Stopped by the trap: this job waits with the others.
        let isHeld = state.withLock { state in
            if state.isStopped { state.held.insert(job, at: 0) }
            return state.isStopped
        }
        if !isHeld { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }

    /// Lets something happen between two jobs.
    package func setTrap(after jobs: Int, _ body: @escaping @Sendable () -> Void) {
        state.withLock { $0.trap = (jobs, body) }
    }

    /// From now on it gets no turn, as after SIGSTOP.
    package func stop() {
        let withdrawn = loop.withdraw(from: self)
        state.withLock { state in
            state.isStopped = true
            state.held += withdrawn
        }
    }

    package func goOn() {
        let held = state.withLock { state in
            defer { state.held = [] }
            state.isStopped = false
            return state.held
        }
        for job in held { loop.enqueue(job, on: self) }
    }
}
