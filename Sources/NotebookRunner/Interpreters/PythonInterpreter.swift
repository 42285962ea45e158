import Dispatch
import FoundationEssentials
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

    func run(_ script: Script) async -> RunEnding {
        guard let child = child.withLock({ $0 }) else { return .died(output: failure) }
        return await withCheckedContinuation { continuation in
            work.async { continuation.resume(returning: Self.run(script, in: child)) }
        }
    }

    func terminate() {
        child.withLock { $0 }?.kill()
    }

    /// The line with which the driver tells the end of a run.
    private struct End: Decodable {
        let code: Int
        let shown: FormsShown
    }

    private static func run(_ script: Script, in child: ChildProcess) -> RunEnding {
        var output = CapturedOutput()
        child.discardOutput()
        guard child.send(JSON.object(script.params).gson), child.send(script.text) else { return .died(output: "") }
        switch child.readAnswer(into: &output) {
        case .ended(let line):
            do {
                let end = try JSONDecoder().decode(End.self, from: Data(line.utf8))
                let result = ParagraphResult(code: end.code == 0 ? .success : .error, messages: output.messages)
                return .completed(result, shown: end.shown)
            } catch {
                // The driver's own line is JSON: somebody else has written to its descriptor.
                child.kill()
                child.reap()
                return .died(output: output.text)
            }
        case .died:
            child.kill()
            child.reap()
            return .died(output: output.text)
        }
    }
}
