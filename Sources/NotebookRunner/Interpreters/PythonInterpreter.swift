import Dispatch
import Synchronization

/// One `python3` process; variables of one paragraph are there for the next, whichever note it belongs to.
final class PythonInterpreter: Interpreter {
    /// Runs and their blocking reads happen here, off the threads that serve requests.
    private let work = DispatchQueue(label: "python")
    private let child: Mutex<ChildProcess?>
    private let failure: String

    init(_ surroundings: Surroundings) {
        do {
            let process = try ChildProcess(["python3", "-c", PythonDriver.source], in: surroundings)
            child = Mutex(process)
            failure = ""
        } catch {
            child = Mutex(nil)
            failure = "\(error)"
        }
    }

    var isAlive: Bool { child.withLock { $0?.isAlive ?? false } }

    func run(_ text: String) async -> RunEnding {
        guard let child = child.withLock({ $0 }) else { return .died(output: failure) }
        return await withCheckedContinuation { continuation in
            work.async { continuation.resume(returning: Self.run(text, in: child)) }
        }
    }

    func terminate() {
        child.withLock { $0 }?.kill()
    }

    private static func run(_ text: String, in child: ChildProcess) -> RunEnding {
        var output = CapturedOutput()
        child.discardOutput()
        guard child.send(text) else { return .died(output: "") }
        switch child.readAnswer(into: &output) {
        case .ended(let code):
            return .completed(ParagraphResult(code: code == "0" ? .success : .error, messages: output.messages))
        case .died:
            child.kill()
            child.reap()
            return .died(output: output.text)
        }
    }
}
