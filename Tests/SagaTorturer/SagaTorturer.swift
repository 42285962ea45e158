import Glibc
import HindsightCore
import HindsightTesting
import SagaFaults

/// Says a line at once and as a whole.
func say(_ line: String) {
    let bytes = Array("\(line)\n".utf8)
    precondition(write(STDOUT_FILENO, bytes, bytes.count) == bytes.count, "whoever reads this has gone")
}

/// Carries out one command.
struct SagaTorturer {
    struct Misuse: Error, CustomStringConvertible { let description: String }

    private let words: [String]

    init(arguments: [String]) { words = arguments }

    func run() async throws {
        switch (words.first, words.count) {
        case ("work", 4...):
            // Whatever goes wrong, whoever waits for the end of this process will not wait for ever.
            alarm(120)
            try await TourWork(folder: words[1], peer: words[2], name: words[3], words.dropFirst(4)).run()
            say("done")
        case ("round", 2...3): say("kept \(try round())")
        case ("tell", 2...3): try tell()
        default: throw Misuse(description: "what is to be done? see Tests/SagaTorturer/main.swift")
        }
    }

    private func round() throws -> String { try simulated().run() }

    /// The whole story of a round, to understand what went wrong in it.
    private func tell() throws {
        let report = try simulated().report()
        for event in report.events {
            say("\(event.position) \(event.recordedAt) \(event.stream) \(event.type) \(event.metadata) \(event.data?.description ?? "")")
        }
        for act in report.acts { say("after \(act.elapsed), \(act.effect) was done (attempt \(act.attempt))") }
        say("\(report)")
        try report.hold()
    }

    private func simulated() throws -> SimulatedRound {
        guard let seed = UInt64(words[1]) else { throw Misuse(description: "\(words[1]) is no seed") }
        return try SimulatedRound(seed: seed, of: words.count == 3 ? words[2] : nil)
    }
}
