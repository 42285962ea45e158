import ArgumentParser
import Foundation
import HindsightApp

struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "The benchmarks, with the peer beside them where it is installed.",
        discussion: """
            `hindsight bench log`, `hindsight bench http`; without a name it lists them. They are a program of their own that is built beside \
            this one: in the project `tools/bench` builds it, installs the peers and runs it.
            """)

    @Argument(parsing: .captureForPassthrough, help: "The benchmark and its options.") var arguments: [String] = []

    func run() async throws {
        let program = try "\(EmbeddedPeers.ownPrograms)/Benchmarks"
        guard access(program, X_OK) == 0 else {
            throw BenchmarksMissing(description: "\(program) is missing: in the project, tools/bench builds and runs it")
        }
        var words = ([program] + (arguments.isEmpty ? ["--help"] : arguments)).map { strdup($0) } + [nil]
        // It takes this process over, so that Ctrl-C and the exit code are its own.
        execv(program, &words)
        throw BenchmarksMissing(description: "\(program) cannot be run: \(String(cString: strerror(errno)))")
    }
}

private struct BenchmarksMissing: Error, CustomStringConvertible {
    let description: String
}
