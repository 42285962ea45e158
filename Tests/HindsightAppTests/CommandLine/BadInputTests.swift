import Foundation
import Testing

/// Everything that can be wrong with what a user sends: one clear line, an exit code that says so, and nothing lost.
@Suite("Command line: bad input") struct BadInputTests {
    private static let good = #"{"type":"shop.order-placed","data":{}}"#

    @Test(
        "A bad line is named with its number and its member; what was acknowledged before stays",
        arguments: [
            (#"{"type":"t","data":{}"#, "line 2: not valid JSON: expected ',' or '}' at byte 21"),
            (#"[1]"#, "line 2: not valid JSON: the top level must be an object at byte 0"),
            (#"{"type":"t","data":{"a":1,"a":2}}"#, "line 2: not valid JSON: duplicate member at byte 29"),
            (#"{"data":{}}"#, "line 2: /type: is missing"),
            (#"{"type":"t"}"#, "line 2: /data: is missing"),
            (#"{"type":"t","data":[]}"#, "line 2: /data: must be an object"),
            (#"{"type":"","data":{}}"#, "line 2: /type: an event type is 1 to 255 bytes without control characters"),
            (#"{"type":"t","data":{},"id":"7"}"#, "line 2: /id: must be a UUID"),
            (#"{"type":"t","data":{},"schemaVersion":0}"#, "line 2: /schemaVersion: must be a whole number from 1"),
            (#"{"type":"t","data":{},"schemaVersion":1.5}"#, "line 2: /schemaVersion: must be a whole number from 1"),
            (#"{"type":"t","data":{},"occurredAt":"yesterday"}"#, "line 2: /occurredAt: must be an instant like 2026-01-31T12:00:00Z"),
            (#"{"type":"t","data":{},"tags":["a:b","c"]}"#, "line 2: /tags/1: a tag has the form key:value"),
            (
                #"{"type":"t","data":{},"colour":1}"#,
                "line 2: /colour: is no member of an event, which has id, type, schemaVersion, occurredAt, data, metadata, tags"
            ),
            (
                #"{"type":"hindsight.saga-started","data":{}}"#,
                "line 2: /type: hindsight.saga-started is written by the engine alone: choose another prefix than hindsight."
            ),
        ])
    func badLine(line: String, complaint: String) async throws {
        let folder = try CommandLineFolder()
        let result = try await folder.hindsight("append", "order-1", input: "\(Self.good)\n\(line)\n\(Self.good)\n")
        #expect(result.code == 1)
        #expect(result.errors == "hindsight: \(complaint)\n")
        #expect(result.lines.count == 1)
        #expect(try await folder.hindsight("read").lines.count == 1)
    }

    @Test("An event of 2 MiB is refused by its size") func bigEvent() async throws {
        let folder = try CommandLineFolder()
        let big = #"{"type":"t","data":{"x":"\#(String(repeating: "x", count: 2 << 20))"}}"#
        let result = try await folder.hindsight("append", "order-1", input: "\(Self.good)\n\(big)\n")
        #expect(result.code == 1)
        #expect(result.errors == "hindsight: line 2: data and metadata of one event: 2097162 bytes, the limit is 1048576\n")
        #expect(result.lines.count == 1)
    }

    @Test("Each limit of an event is refused by its name, one past it and not at it") func limits() async throws {
        let folder = try CommandLineFolder()
        func nested(_ levels: Int) -> String {
            #"{"type":"t","data":\#(String(repeating: #"{"a":"#, count: levels - 1))1\#(String(repeating: "}", count: levels - 1))}"#
        }
        func typed(_ bytes: Int) -> String { #"{"type":"\#(String(repeating: "t", count: bytes))","data":{}}"# }
        func tagged(_ tags: [String]) throws -> String {
            #"{"type":"t","data":{},"tags":\#(String(decoding: try JSONEncoder().encode(tags), as: UTF8.self))}"#
        }
        let longTag = "k:" + String(repeating: "v", count: 253)
        let tags = (0..<64).map { "n:\($0)" }
        for (good, bad, complaint) in try [
            (nested(65), nested(66), "nesting of JSON: 65 levels, the limit is 64"),
            (typed(255), typed(256), "event type: 256 bytes, the limit is 255"),
            (tagged([longTag]), tagged([longTag + "v"]), "tag: 256 bytes, the limit is 255"),
            (tagged(tags), tagged(tags + ["n:64"]), "tags of one event: 65 tags, the limit is 64"),
        ] {
            let result = try await folder.hindsight("append", "order-1", input: "\(good)\n\(bad)\n")
            #expect(result.code == 1)
            #expect(result.errors.contains(complaint), "\(result.errors)")
            #expect(result.lines.count == 1)
        }
        let stream = "s-" + String(repeating: "x", count: 253)
        #expect(try await folder.hindsight("append", stream, input: Self.good).code == 0)
        let result = try await folder.hindsight("append", stream + "x", input: Self.good)
        #expect(result.code != 0 && result.errors.contains("stream name: 256 bytes, the limit is 255"), "\(result.errors)")
    }

    @Test("A wrong version is refused with the version there is") func wrongVersion() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-1", "--expect", "none", input: "\(Self.good)\n\(Self.good)\n")
        for (expected, input) in [("none", Self.good), ("5", Self.good)] {
            let result = try await folder.hindsight("append", "order-1", "--expect", expected, input: input)
            #expect(result.code == 1)
            #expect(
                result.errors
                    == "hindsight: line 1: stream order-1 is at version 2, expected \(expected): read it again and decide anew\n")
        }
        #expect(try await folder.hindsight("append", "order-1", "--expect", "2", input: Self.good).code == 0)
        #expect(try await folder.hindsight("append", "order-2", "--expect", "exists", input: Self.good).code == 1)
        #expect(try await folder.hindsight("read").lines.count == 3)
    }

    @Test("Streams of the engine are not written by hand") func engineStream() async throws {
        let folder = try CommandLineFolder()
        let result = try await folder.hindsight("append", "saga-x:1", input: Self.good)
        #expect(result.code == 1)
        #expect(result.errors.contains("written by the engine alone"))
    }

    @Test("A folder that cannot be read or made is named") func unreadableFolder() async throws {
        let folder = try CommandLineFolder()
        try Data("a file".utf8).write(to: folder.url.appending(path: "file"))
        let append = try await folder.hindsight("append", "order-1", "--log", "file/log", input: Self.good)
        #expect(append.code == 1)
        #expect(append.isOneLineOfError && append.errors.contains("file"))
        let missing = try await folder.hindsight("read", "--log", "nowhere")
        #expect(missing.code == 1)
        #expect(
            missing.errors
                == "hindsight: there is no log in nowhere: `hindsight append` or `hindsight demo` makes one, --log names another folder\n")
    }

    @Test("A folder without permission is named", .enabled(if: getuid() != 0, "root may read every folder"))
    func forbiddenFolder() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-1", input: Self.good)
        let result = try await folder.shell("chmod 000 hindsight-data; $HINDSIGHT read; code=$?; chmod 700 hindsight-data; exit $code")
        #expect(result.code == 1)
        #expect(result.isOneLineOfError && result.errors.contains("hindsight-data"))
    }

    @Test("A log in PostgreSQL is not there yet, and its address is not repeated") func postgres() async throws {
        let folder = try CommandLineFolder()
        let result = try await folder.hindsight("--log", "postgres://user:secret@host/db", "read")
        #expect(result.code == 2)
        #expect(result.isOneLineOfError && !result.errors.contains("secret"))
    }

    @Test(
        "Wrong usage is one line, and exit code 2",
        arguments: [
            "nonsense", "read --bogus", "read --at yesterday", "read --limit 0", "append", "append 9-x", "append a-1 --expect x",
            "read --follow --backwards", "projections rows", "log",
        ])
    func usage(arguments: String) async throws {
        let folder = try CommandLineFolder()
        let result = try await folder.shell("$HINDSIGHT \(arguments)")
        #expect(result.code == (arguments == "log" ? 0 : 2))
        if arguments != "log" { #expect(result.isOneLineOfError, "\(result.errors)") }
    }

    @Test("A changed byte is found by verify: exit code 3, with the position") func corruptedFile() async throws {
        let folder = try CommandLineFolder()
        let events = (1...20).map { #"{"type":"t","data":{"amount":\#(1_000 + $0)}}"# }.joined(separator: "\n")
        _ = try await folder.hindsight("append", "order-1", input: events)
        #expect(try await folder.hindsight("log", "verify").code == 0)
        let file = folder.url.appending(path: "hindsight-data/events.sqlite")
        var bytes = try Data(contentsOf: file)
        let place = try #require(bytes.range(of: Data(#"{"amount":1007}"#.utf8)))
        bytes[place.upperBound - 2] = UInt8(ascii: "9")
        try bytes.write(to: file)
        let verify = try await folder.hindsight("log", "verify")
        #expect(verify.code == 3)
        #expect(verify.errors == "hindsight: the log is damaged at position 7: data and salt are not those of the commitment\n")
        #expect(verify.output.contains(#""badPosition":7"#))
    }

    @Test("A file that is no log is refused as what it is") func foreignFile() async throws {
        let folder = try CommandLineFolder()
        try FileManager.default.createDirectory(at: folder.url.appending(path: "hindsight-data"), withIntermediateDirectories: true)
        try Data("this is a letter to a friend, and longer than a header of SQLite, which has a hundred bytes; so here are more.".utf8)
            .write(to: folder.url.appending(path: "hindsight-data/events.sqlite"))
        for command in ["read", "append order-1", "log verify"] {
            let result = try await folder.shell("$HINDSIGHT \(command)", input: Self.good)
            #expect(result.code != 0)
            #expect(result.isOneLineOfError && result.errors.contains("no SQLite database"), "\(result.errors)")
        }
    }

    @Test("A full disk is one clear line; everything acknowledged before it is there, and the rest fits once there is room")
    func fullDisk() async throws {
        let folder = try CommandLineFolder()
        _ = try await folder.hindsight("append", "order-1", input: Self.good)
        let padding = String(repeating: "x", count: 4_000)
        let events = (0..<400).map { number in
            #"{"type":"t","id":"00000000-0000-4000-8000-\#(100_000_000_000 + number)","data":{"n":\#(number),"x":"\#(padding)"}}"#
        }.joined(separator: "\n")
        // The limit on the size of files stands in for the end of the disk: no file may grow beyond 500 KiB.
        let limited = try await folder.shell("ulimit -f 1000; exec $HINDSIGHT append order-2", input: events)
        #expect(limited.code == 1)
        #expect(limited.isOneLineOfError, "\(limited.errors)")
        let stored = try await folder.hindsight("read", "order-2")
        #expect(stored.lines.count >= limited.lines.count)
        #expect(try await folder.hindsight("log", "verify").code == 0)
        let again = try await folder.hindsight("append", "order-2", input: events)
        #expect(again.code == 0)
        #expect(again.lines.count == 400)
        #expect(try await folder.hindsight("read", "order-2").lines.count == 400)
    }
}
