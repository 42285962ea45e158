import Synchronization

/// What is to go wrong with one run.
enum Mishap: Sendable {
    /// The run waits for an interpreter that never starts.
    case pendsForEver
    /// The run never ends by itself, and its text is never seen by the interpreter.
    case runsForEver
    /// The process runs the text and is gone before it can tell.
    case interpreterDies
    /// The run ends as it should, and its results are lost.
    case losesResults

    /// The interpreter that makes it happen; a broken one takes its session along, so the next run gets a new process.
    func breaking(_ interpreter: any Interpreter) -> any Interpreter {
        switch self {
        case .runsForEver: EndlessInterpreter(interpreter)
        case .interpreterDies: DyingInterpreter(interpreter)
        case .pendsForEver, .losesResults: interpreter
        }
    }
}

/// Runs until it is terminated, whatever it is given.
private final class EndlessInterpreter: Interpreter {
    private enum State {
        case idle
        case running(CheckedContinuation<Void, Never>)
        case terminated
    }

    private let underlying: any Interpreter
    private let state = Mutex(State.idle)

    init(_ underlying: any Interpreter) {
        self.underlying = underlying
    }

    var isAlive: Bool { underlying.isAlive }

    func run(_ script: Script) async -> RunEnding {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if case .terminated = state { return true }
                state = .running(continuation)
                return false
            }
            if isOver { continuation.resume() }
        }
        return .died(output: "")
    }

    func terminate() {
        let waiting: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .terminated }
            guard case .running(let continuation) = state else { return nil }
            return continuation
        }
        underlying.terminate()
        waiting?.resume()
    }
}

/// Runs one text and dies of it.
private final class DyingInterpreter: Interpreter {
    private let underlying: any Interpreter

    init(_ underlying: any Interpreter) {
        self.underlying = underlying
    }

    var isAlive: Bool { underlying.isAlive }

    func run(_ script: Script) async -> RunEnding {
        _ = await underlying.run(script)
        underlying.terminate()
        return .died(output: "")
    }

    func terminate() {
        underlying.terminate()
    }
}
