import Dispatch
import Foundation
import HindsightApp
import Logging
import Testing

@Suite("Structured log") struct StructuredLogHandlerTests {
    private static let nasty = [
        "two\nlines", "\r\n", "\u{1B}[2Jcleared", #"","level":"critical","x":""#, "quote \" and \\ backslash", "a\u{0}b\u{7F}\u{9B}31m",
        "\u{2028}\u{2029}\u{85}\u{B}\u{C}", "é 👩‍👩‍👧 \u{FEFF}", "", "key=value", "2026-11-27T12:00:00Z INFO http: forged", "[1]", "{", "\\n",
    ]

    /// What `body` logs, line by line, at a time that stands still.
    private func lines(
        _ form: StructuredLogHandler.Form, level: Logger.Level = .info, label: String = "http", provider: Logger.MetadataProvider? = nil,
        _ body: (inout Logger) throws -> Void
    ) throws -> [String] {
        let output = try LogFile()
        var logger = Logger(label: label) { label in
            StructuredLogHandler(
                label: label, form: form, level: level, descriptor: output.descriptor, metadataProvider: provider,
                time: { "2026-11-27T12:00:00Z" })
        }
        try body(&logger)
        return try output.lines()
    }

    @Test("JSON has the record's own members first, then the metadata by name, nested ones as they are") func json() throws {
        let lines = try lines(.json) { logger in
            logger[metadataKey: "request"] = "7"
            logger.notice(
                "served",
                metadata: [
                    "tags": ["a", .stringConvertible(2), ["deep": "b"]], "status": .stringConvertible(200), "took": .stringConvertible(0.5),
                    "cached": .stringConvertible(true), "rate": .stringConvertible(Double.nan),
                ])
        }
        #expect(
            lines == [
                #"{"time":"2026-11-27T12:00:00Z","level":"notice","logger":"http","message":"served","cached":true,"rate":"nan","#
                    + #""request":"7","status":200,"tags":["a",2,{"deep":"b"}],"took":0.5}"#
            ])
    }

    @Test("Text has the metadata behind the message, and quotes what has spaces") func text() throws {
        let lines = try lines(.text) { logger in
            logger.warning(
                "slow answer",
                metadata: ["route": "/v1/log", "peer": "a b", "equation": "a=b", "none": "", "list": ["x y"], "open": "[", "a b": "c"])
        }
        #expect(
            lines == [
                #"2026-11-27T12:00:00Z WARNING http: slow answer "a b"=c equation="a=b" list=["x y"] none="" open="[" peer="a b" route=/v1/log"#
            ])
    }

    @Test("A record is one line whatever is in it", arguments: StructuredLogHandler.Form.allCases, nasty)
    func oneLine(form: StructuredLogHandler.Form, text: String) throws {
        let lines = try lines(form, label: text) { logger in
            logger.info("\(text)", metadata: [text: .string(text), "nested": [.string(text), [text: .string(text)]]])
            logger.info("end")
        }
        #expect(lines.count == 2)
        let line = try #require(lines.first)
        #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        // Every definition of a line that there is.
        #expect(line.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).count == 1)
        guard form == .json else { return }
        let record = try JSONDecoder().decode(Record.self, from: Data(line.utf8))
        #expect((record.level, record.logger, record.message) == ("info", text, text))
        let members = try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(members[text] as? String == text)
        let nested = try #require(members["nested"] as? [Any])
        #expect(nested.count == 2 && nested.first as? String == text && nested.last as? [String: String] == [text: text])
    }

    @Test("Metadata cannot take the place of the record's own members") func clashes() throws {
        let lines = try lines(.json) { logger in
            logger.info("real", metadata: ["time": "1", "level": "2", "logger": "3", "message": "4", "meta.message": "5"])
        }
        let names = [#""meta.level":"2""#, #""meta.logger":"3""#, #""meta.meta.message":"4""#, #""meta.message":"5""#, #""meta.time":"1""#]
        for name in names { #expect(lines.first?.contains(name) == true, "\(name) is missing") }
        let record = try JSONDecoder().decode(Record.self, from: Data(#require(lines.first).utf8))
        #expect((record.time, record.level, record.logger, record.message) == ("2026-11-27T12:00:00Z", "info", "http", "real"))
        #expect(lines.first?.ranges(of: "message\":").count == 3)
    }

    @Test("What is below the level is left out, and the level can be changed") func level() throws {
        let lines = try lines(.text, level: .warning) { logger in
            for level in Logger.Level.allCases { logger.log(level: level, "\(level)") }
            logger.logLevel = .trace
            logger.trace("all")
        }
        #expect(lines.map { $0.split(separator: " ")[1] } == ["WARNING", "ERROR", "CRITICAL", "TRACE"])
    }

    @Test("The record's metadata goes before the provider's, and that before the logger's; an error comes along")
    func precedence() throws {
        let provider = Logger.MetadataProvider { ["a": "provider", "b": "provider"] }
        let line = try #require(
            try lines(.text, provider: provider) { logger in
                for key in ["a", "b", "c"] { logger[metadataKey: key] = "logger" }
                logger.error("failed", error: Refusal(), metadata: ["a": "record"])
            }.first)
        let beginning = #"2026-11-27T12:00:00Z ERROR http: failed a=record b=provider c=logger error.message="not today" error.type="#
        #expect(line.hasPrefix(beginning))
        #expect(line.contains("Refusal"))
    }

    @Test("Lines of many threads never mix, into a pipe that takes them in pieces", arguments: StructuredLogHandler.Form.allCases)
    func manyThreads(form: StructuredLogHandler.Form) throws {
        let pipe = FullPipe()
        let messages = ["a", "b", "c", "d"].map { letter in (0..<12).map { String(repeating: letter, count: $0 * 10_000) } }
        let ended = DispatchSemaphore(value: 0)
        for messages in messages {
            Thread.detachNewThread {
                let handler = StructuredLogHandler(label: "a", form: form, descriptor: pipe.descriptor, time: { "now" })
                let logger = Logger(label: "a") { _ in handler }
                for message in messages { logger.info("\(message)") }
                ended.signal()
            }
        }
        for _ in messages { ended.wait() }
        let expected = messages.joined().map { message in
            form == .text ? "now INFO a: \(message)" : #"{"time":"now","level":"info","logger":"a","message":"\#(message)"}"#
        }
        #expect(try pipe.lines().sorted() == expected.sorted())
    }

    @Test("The machine's time has microseconds in JSON and whole seconds in text") func machineTime() throws {
        let output = try LogFile()
        for form in StructuredLogHandler.Form.allCases {
            Logger(label: "a") { StructuredLogHandler(label: $0, form: form, descriptor: output.descriptor) }.info("now")
        }
        let lines = try output.lines()
        let record = try JSONDecoder().decode(Record.self, from: Data(#require(lines.first).utf8))
        #expect(record.time.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z/) != nil)
        let time = try #require(lines.last?.split(separator: " ").first)
        let now = Date()
        #expect(try abs(Date(String(time), strategy: .iso8601).timeIntervalSince(now)) < 60)
        #expect(try abs(Date(String(record.time.prefix(19)) + "Z", strategy: .iso8601).timeIntervalSince(now)) < 60)
    }
}

private struct Record: Decodable {
    let time: String
    let level: String
    let logger: String
    let message: String
}

private struct Refusal: Error, CustomStringConvertible {
    let description = "not today"
}
