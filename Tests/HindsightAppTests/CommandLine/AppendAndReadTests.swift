import Foundation
import HindsightCore
import Testing

@Suite("Command line: append and read") struct AppendAndReadTests {
    private let threeEvents = """
        {"type":"shop.order-placed","data":{"items" : 2,"note":"caf\\u00e9"},"tags":["order:17"]}
        {"type":"shop.order-paid","data":{"amountMinor":1.50e2}}

        {"type":"shop.order-shipped","data":{"note":null,"parcel":"P1"}}

        """

    @Test("Every line is acknowledged with its place, and read again byte for byte") func roundTrip() async throws {
        let folder = try CommandLineFolder()
        let appended = try await folder.hindsight("append", "order-17", input: threeEvents)
        #expect(appended.code == 0)
        #expect(appended.lines.count == 3)
        #expect(appended.lines.last?.contains(#""position":3,"#) == true)
        let read = try await folder.hindsight("read", "order-17")
        #expect(read.lines.count == 3)
        #expect(read.lines.first?.contains(#""data":{"items":2,"note":"caf\u00e9"}"#) == true)
        #expect(read.lines[1].contains(#""data":{"amountMinor":1.50e2}"#))
    }

    @Test("The log is named before or after the subcommand, or by the environment") func namingTheLog() async throws {
        let folder = try CommandLineFolder()
        for (index, arguments) in [
            ["--log", "here", "append", "a-1"], ["append", "--log=here", "a-1"], ["append", "a-1", "--log", "here"],
        ]
        .enumerated() {
            let quoted = arguments.joined(separator: " ")
            let result = try await folder.shell("$HINDSIGHT \(quoted)", input: #"{"type":"t","data":{}}"#)
            #expect(result.lines.first?.contains(#""position":\#(index + 1),"#) == true)
        }
        let info = try await folder.hindsight("log", "info", environment: ["HINDSIGHT_LOG": "here"])
        #expect(info.output.contains(#""head":3"#))
        let grouped = try await folder.hindsight("log", "--log", "here", "info")
        #expect(grouped.output == info.output)
    }

    @Test("Filters, limits and direction choose what is read") func filters() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-17", input: threeEvents)
        _ = try await folder.hindsight("append", "cart-1", input: #"{"type":"shop.cart-opened","data":{}}"#)
        func positions(_ arguments: String) async throws -> [String] {
            let result = try await folder.shell("$HINDSIGHT read \(arguments)")
            return result.lines.compactMap { $0.split(separator: ",").first.map(String.init) }.map {
                $0.replacing("{\"position\":", with: "")
            }
        }
        #expect(try await positions("--category order --type shop.order-paid --type shop.order-shipped") == ["2", "3"])
        #expect(try await positions("--tag order:17") == ["1"])
        #expect(try await positions("--backwards --limit 2") == ["4", "3"])
        #expect(try await positions("--backwards --at position:3 --limit 1") == ["3"])
        #expect(try await positions("--after 1 --at position:3") == ["2", "3"])
    }

    @Test("A state is what the members were last set to, as of any moment, and diff tells two apart") func stateAndDiff() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-17", input: threeEvents)
        let now = try await folder.hindsight("state", "order-17")
        #expect(now.output.contains(#""state":{"amountMinor":150,"items":2,"parcel":"P1"}"#))
        let before = try await folder.hindsight("state", "order-17", "--at", "position:1")
        #expect(before.output.contains(#""state":{"items":2,"note":"café"}"#))
        let diff = try await folder.hindsight("diff", "order-17", "--from", "position:1", "--to", "position:3")
        #expect(
            diff.lines == [
                #"{"pointer":"/amountMinor","to":150}"#, #"{"from":"café","pointer":"/note"}"#, #"{"pointer":"/parcel","to":"P1"}"#,
            ])
    }

    @Test("Follow shows what another process appends, and Ctrl-C ends it with a line on how far it read") func follow() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-17", input: threeEvents)
        let follower = try folder.start("read", "--follow", "--after", "2")
        var seen = ""
        while !seen.hasSuffix("\n") { seen += await follower.nextOutput() }
        _ = try await folder.hindsight("append", "cart-1", input: #"{"type":"shop.cart-opened","data":{}}"#)
        while seen.split(separator: "\n").count < 2 || !seen.hasSuffix("\n") { seen += await follower.nextOutput() }
        #expect(seen.contains("shop.cart-opened"))
        follower.signal(SIGINT)
        #expect(await follower.errors() == "hindsight: stopped: read to position 4\n")
        #expect(await follower.end() == 130)
    }

    @Test("Ctrl-C while append waits for input leaves everything acknowledged in the log") func interruptedAppend() async throws {
        let folder = try CommandLineFolder()
        let command = try folder.start("append", "order-1")
        command.send(#"{"type":"shop.order-placed","data":{}}"# + "\n")
        var seen = ""
        while !seen.hasSuffix("\n") { seen += await command.nextOutput() }
        command.signal(SIGINT)
        #expect(await command.errors() == "hindsight: stopped: 1 events are appended and acknowledged\n")
        #expect(await command.end() == 130)
        #expect(try await folder.hindsight("read", "order-1").lines.count == 1)
    }

    @Test("Output is a table where it is asked for, one document as JSON, and objects line by line in a pipe") func formats() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-17", input: threeEvents)
        let table = try await folder.hindsight("read", "--format", "table")
        let header = try #require(table.lines.first)
        #expect(header.split(separator: " ") == ["POSITION", "STREAM", "VERSION", "TYPE", "RECORDED", "DATA"])
        // A time ends where its microseconds do, so how wide its column is differs from run to run, but not where the next one begins.
        let before = try #require(header.range(of: "DATA")).lowerBound
        let data = header.distance(from: header.startIndex, to: before)
        #expect(table.lines.count == 4)
        for line in table.lines.dropFirst() {
            #expect(line.dropFirst(data).hasPrefix("{"))
            #expect(try Timestamp(String(#require(line.prefix(data).split(separator: " ").last))) != nil)
        }
        let document = try await folder.hindsight("--format", "json", "read")
        #expect(try JSONSerialization.jsonObject(with: Data(document.output.utf8)) is [Any])
    }

    @Test("What comes from the log is never obeyed by a terminal") func escapeSequences() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-17", input: #"{"type":"t","data":{"note":"\u001b[2Jgone"}}"#)
        let state = try await folder.hindsight("state", "order-17", "--format", "table")
        #expect(!state.output.contains("\u{1b}"))
        #expect(state.output.contains("[2Jgone"))
    }

    @Test("A reader that leaves early is no error") func closedPipe() async throws {
        let folder = try CommandLineFolder()
        let lines = (0..<2_000).map { #"{"type":"t","data":{"n":\#($0),"padding":"\#(String(repeating: "x", count: 100))"}}"# }
        _ = try await folder.hindsight("append", "order-17", input: lines.joined(separator: "\n"))
        let result = try await folder.shell("$HINDSIGHT read | head -1")
        #expect(result.lines.count == 1)
        #expect(result.errors == "")
    }
}
