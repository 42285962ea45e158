import Foundation
import HindsightCore
import HindsightTesting
import Testing

@Suite("Command line: kill -9 of append") struct KilledAppendTests {
    @Test("Everything acknowledged is there, and sending all again stores nothing twice", arguments: [1, 2])
    func killed(seed: UInt64) async throws {
        let folder = try CommandLineFolder()
        var draws = SeededGenerator(seed)
        let lines = (0..<3_000).map { number in
            let id = SeededIdentities(seed: "killed").eventID(
                in: Self.stream, version: Int64(number), at: Timestamp(microsecondsSince1970: 0))
            return #"{"id":"\#(id)","type":"shop.line-added","data":{"n":\#(number)}}"#
        }
        var acknowledged = 0
        // Until nothing is left to kill it over: how much it stores beyond what was waited for is a matter of speed.
        for _ in 0..<6 where acknowledged < lines.count {
            let command = try folder.start("append", "order-1")
            // From where the last one was heard of: what it stored beyond that is answered again as a repeat.
            command.send(lines[acknowledged...].joined(separator: "\n") + "\n")
            var heard = ""
            let enough = min(Int(draws.next() % 400) + 1, lines.count - acknowledged)
            while heard.count(where: { $0 == "\n" }) < enough {
                let more = await command.nextOutput()
                if more.isEmpty { break }
                heard += more
            }
            command.signal(SIGKILL)
            heard += await command.rest()
            #expect(await command.end() == 128 + SIGKILL || acknowledged + heard.count(where: { $0 == "\n" }) == lines.count)
            acknowledged += heard.count(where: { $0 == "\n" })
            let stored = try await folder.hindsight("read", "order-1")
            #expect(stored.lines.count >= acknowledged, "seed \(seed)")
        }
        let again = try await folder.hindsight("append", "order-1", input: lines.joined(separator: "\n"))
        #expect(again.code == 0)
        let stored = try await folder.hindsight("read", "order-1")
        #expect(stored.lines.count == lines.count)
        #expect(stored.lines.enumerated().allSatisfy { $1.contains(#""data":{"n":\#($0)}"#) }, "seed \(seed)")
        #expect(try await folder.hindsight("log", "verify").code == 0)
    }

    private static let stream: StreamName = {
        do { return try StreamName("order-1") } catch { preconditionFailure("\(error)") }
    }()
}
