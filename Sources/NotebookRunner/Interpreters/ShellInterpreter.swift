import Dispatch
import Synchronization

/// A new `/bin/sh` for every paragraph, in the runner's own directory; what it leaves running in the background ends with it.
final class ShellInterpreter: Interpreter {
    /// Runs the paragraph (`$1`) without the runner's descriptors, tells its exit status, and kills its group when the runner is gone.
    private static let wrapper = """
        { read -r line <&3; kill -9 0; } >/dev/null 2>&1 4>&- &
        /bin/sh -c "$1" 3<&- 4>&- 5<&-
        echo $? >&4
        """

    private let surroundings: Surroundings
    private let work = DispatchQueue(label: "sh")
    private let state = Mutex(State())

    private struct State {
        var child: ChildProcess?
        var isTerminated = false
    }

    init(_ surroundings: Surroundings) {
        self.surroundings = surroundings
    }

    var isAlive: Bool { state.withLock { !$0.isTerminated } }

    func run(_ script: Script) async -> RunEnding {
        await withCheckedContinuation { continuation in
            work.async { continuation.resume(returning: self.runBlocking(script.text)) }
        }
    }

    func terminate() {
        state.withLock { state in
            state.isTerminated = true
            state.child?.kill()
        }
    }

    private func runBlocking(_ text: String) -> RunEnding {
        let child: ChildProcess
        do {
            child = try ChildProcess(["/bin/sh", "-c", Self.wrapper, "sh", text], in: surroundings)
        } catch {
            return .died(output: "\(error)")
        }
        state.withLock { state in
            state.child = child
            if state.isTerminated { child.kill() }
        }
        var output = CapturedOutput()
        let answer = child.readAnswer(into: &output)
        child.kill()
        child.reap()
        state.withLock { $0.child = nil }
        guard case .ended(let exitStatus) = answer else { return .died(output: output.text) }
        guard exitStatus != "0" else { return .completed(ParagraphResult(code: .success, messages: output.messages)) }
        let message = ParagraphResult.Message(type: .text, data: "ExitValue: \(exitStatus)")
        return .completed(ParagraphResult(code: .error, messages: output.messages + [message]))
    }
}
