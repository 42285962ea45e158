import ArgumentParser
import Foundation
import HindsightApp
import HindsightCore
import Synchronization

/// Runs one command and turns what became of it into an exit code and one line.
enum Program {
    static let refused: Int32 = 1
    static let wrongUsage: Int32 = 2
    static let damageFound: Int32 = 3
    static let someRejected: Int32 = 4

    static func run(_ arguments: [String]) async -> Never {
        // A full file-size limit and a closed pipe are answers to a write, not ends of the process.
        signal(SIGXFSZ, SIG_IGN)
        signal(SIGPIPE, SIG_IGN)
        let command: any ParsableCommand
        do {
            command = try Hindsight.parseAsRoot(arguments)
        } catch {
            exit(explainParsing(error))
        }
        let stopsBySignal = type(of: command) is any StopsBySignal.Type
        let work = Task {
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                var synchronous = command
                try synchronous.run()
            }
        }
        let interruption = stopsBySignal ? nil : Interruption { work.cancel() }
        var code: Int32 = 0
        do {
            try await work.value
            try Terminal.flush()
        } catch {
            code = explain(error, interruption)
        }
        exit(code)
    }

    private static func explainParsing(_ error: any Error) -> Int32 {
        // Help and version are asked for, and no mistake.
        if Hindsight.exitCode(for: error) == .success {
            print(Hindsight.fullMessage(for: error))
            return 0
        }
        Terminal.complain(Hindsight.message(for: error) + " (`hindsight help` shows how)")
        return wrongUsage
    }

    private static func explain(_ error: any Error, _ interruption: Interruption?) -> Int32 {
        // What was printed before still counts; where it can't be, the reason is told below.
        let flushed = Result { try Terminal.flush() }
        if let code = interruption?.exitCode {
            Terminal.complain("stopped: \(Session.accomplished.withLock { $0 } ?? "nothing was left half done")")
            return code
        }
        if case .failure(let closed as OutputClosed) = flushed { return closed.exitCode }
        switch error {
        case let closed as OutputClosed: return closed.exitCode
        case let code as ExitCode: return code.rawValue
        case let usage as UsageError:
            Terminal.complain("\(usage)")
            return wrongUsage
        case let error as ConfigurationError:
            for problem in error.problems { Terminal.complain(problem) }
            return wrongUsage
        case let damage as DamageFound:
            Terminal.complain("\(damage)")
            return damageFound
        default:
            if Hindsight.exitCode(for: error) == .success || Hindsight.exitCode(for: error) == .validationFailure {
                return explainParsing(error)
            }
            Terminal.complain(description(of: error))
            return refused
        }
    }

    private static func description(of error: any Error) -> String {
        switch error {
        case let error as LineError: "line \(error.line): \(description(of: error.cause))"
        case EventLogError.unavailable(let reason): reason
        default: "\(error)"
        }
    }
}

/// A command that hears of Ctrl-C and `kill` itself, and ends well by them.
protocol StopsBySignal {}

/// Verification did not hold: exit code 3.
struct DamageFound: Error, CustomStringConvertible {
    let description: String
}
