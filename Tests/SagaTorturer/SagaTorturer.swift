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
        case ("billing", 3...4): try billing()
        case ("tell-billing", 2...3): try tellBilling()
        default: throw Misuse(description: "what is to be done? see Tests/SagaTorturer/main.swift")
        }
    }

    private func round() throws -> String { try simulated().run() }

    /// The whole story of a round, to understand what went wrong in it.
    private func tell() throws {
        let report = try simulated().report()
        tell(report.events)
        for act in report.acts { say("after \(act.elapsed), \(act.effect) was done (attempt \(act.attempt))") }
        say("\(report)")
        try report.hold()
    }

    /// Rounds of billing, one after the other, each tenth seed twice: a line for each, up to the first that breaks a promise.
    private func billing() throws {
        guard let first = UInt64(words[1]), let count = UInt64(words[2]) else { throw Misuse(description: "a seed and a number of rounds") }
        for seed in first..<first + count {
            do {
                say("seed \(seed): \(try BillingRound(seed: seed, flaw: try flaw(3)).run(isRepeated: count == 1 || seed % 10 == 0))")
            } catch {
                say("broken \(seed): \(error)")
                exit(1)
            }
        }
        say("kept \(count)")
    }

    private func flaw(_ index: Int) throws -> BillingFlaw? {
        guard words.count > index else { return nil }
        guard let flaw = BillingFlaw(rawValue: words[index]) else {
            throw Misuse(description: "\(words[index]) is none of \(BillingFlaw.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return flaw
    }

    private func tellBilling() throws {
        guard let seed = UInt64(words[1]) else { throw Misuse(description: "\(words[1]) is no seed") }
        let report = try BillingRound(seed: seed, flaw: try flaw(2)).report()
        tell(report.events)
        for line in report.journal { say(line) }
        say("\(report)")
        try report.hold()
    }

    private func tell(_ events: [RecordedEvent]) {
        for event in events {
            say("\(event.position) \(event.recordedAt) \(event.stream) \(event.type) \(event.metadata) \(event.data?.description ?? "")")
        }
    }

    private func simulated() throws -> SimulatedRound {
        guard let seed = UInt64(words[1]) else { throw Misuse(description: "\(words[1]) is no seed") }
        return try SimulatedRound(seed: seed, of: words.count == 3 ? words[2] : nil)
    }
}
