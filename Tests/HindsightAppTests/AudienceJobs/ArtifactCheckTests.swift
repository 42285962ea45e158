import AudienceJobs
import Foundation
import HindsightCore
import Testing
import ZeppelinAdapter

@Suite("The check of a file") struct ArtifactCheckTests {
    private static let job = "0193f0a0-0000-7000-8000-000000000001"
    private static let good = "client_id,name\nC1,\"Ромашка, \"\"и Ко\"\"\"\nC2,x\n"

    /// What the check says of a file with this content, as reported by the notebook or otherwise.
    private func check(
        _ content: String?, optOuts: String? = nil, path: String = "\(job).csv",
        reported change: (inout [String: JSONValue]) -> Void = { _ in },
        arrange: (URL) throws -> Void = { _ in }
    ) throws -> CheckResult {
        let folder = URL(filePath: NSTemporaryDirectory()).appending(path: "check-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let bytes = Array((content ?? "").utf8)
        if content != nil { try Data(bytes).write(to: folder.appending(path: "\(Self.job).csv")) }
        if let optOuts { try Data(optOuts.utf8).write(to: folder.appending(path: "opt-outs.txt")) }
        try arrange(folder)
        var reported: [String: JSONValue] = [
            "job": .string(Self.job), "file": .string(path), "rows": 2, "bytes": .integer(Int64(bytes.count)),
            "sha256": .string(Digest.hexadecimal(ofBytes: bytes)),
        ]
        change(&reported)
        var artifact: [String: JSONValue] = ["path": .string(path), "result": "RESULT", "unique": "client_id"]
        if optOuts != nil { artifact["optOuts"] = "opt-outs.txt" }
        let request = try CheckRequest(["job": .string(Self.job), "artifact": .object(artifact), "reported": .object(reported)])
        let result = Result { try ArtifactCheck(sharedDirectory: folder.path).check(request) }
        try FileManager.default.removeItem(at: folder)
        return try result.get()
    }

    private func cause(_ body: () throws -> CheckResult) throws -> FailureCause? {
        do {
            _ = try body()
            return nil
        } catch let refusal as EffectRefusal {
            return refusal.cause
        }
    }

    @Test("accepts what is as reported, quotations, CRLF and a byte order mark included") func good() throws {
        #expect(try check(Self.good).rows == 2)
        #expect(try check("\u{feff}" + Self.good.replacing("\n", with: "\r\n")).rows == 2)
        #expect(try check("client_id,name\nC1,\"two\nlines\"\nC2,y").rows == 2)
        #expect(try check(Self.good, optOuts: "client_id\nC3\n").rows == 2)
    }

    @Test("refuses a file that is missing, empty, foreign or changed")
    func refused() throws {
        #expect(try cause { try check(nil) } == .artifactMissing)
        #expect(try cause { try check("") } == .artifactEmpty)
        #expect(try cause { try check("client_id,name\n") { $0["rows"] = 0 } } == .artifactEmpty)
        #expect(try cause { try check(Self.good) { $0["job"] = "another" } } == .artifactForeign)
        #expect(try cause { try check(Self.good) { $0["file"] = "another.csv" } } == .artifactForeign)
        #expect(try cause { try check(Self.good) { $0["rows"] = 3 } } == .artifactRows)
        #expect(try cause { try check(Self.good) { $0["sha256"] = "00" } } == .artifactChecksum)
        #expect(try cause { try check(Self.good) { $0["bytes"] = 1 } } == .artifactChecksum)
    }

    @Test("refuses a table without the client, with broken rows, with a client twice, or with one who opted out")
    func content() throws {
        #expect(try cause { try check("client,name\nC1,x\nC2,y\n") } == .artifactHeader)
        #expect(try cause { try check("client_id,name\nC1\nC2,y\n") } == .artifactMalformed)
        #expect(try cause { try check("client_id,name\nC1,\"x\nC2,y\n") } == .artifactMalformed)
        #expect(try cause { try check("client_id,name\nC1,x\nC1,y\n") } == .artifactDuplicates)
        #expect(try cause { try check(Self.good, optOuts: "C2\n") } == .artifactOptOuts)
    }

    @Test("never looks outside the shared directory") func outside() throws {
        #expect(try cause { try check(Self.good, path: "../\(Self.job).csv") } == .artifactOutside)
        #expect(try cause { try check(Self.good, path: "/etc/passwd") } == .artifactOutside)
        #expect(
            try cause {
                try check(nil) { _ in
                } arrange: { folder in
                    try FileManager.default.createSymbolicLink(atPath: folder.path + "/\(Self.job).csv", withDestinationPath: "/etc/hosts")
                }
            } == .artifactOutside)
    }

    @Test("can't be made while the opted-out clients are not known") func missingOptOuts() throws {
        let request = try CheckRequest([
            "job": .string(Self.job), "artifact": ["path": "x-{job}.csv", "unique": "client_id", "optOuts": "nowhere.txt"],
        ])
        #expect(throws: (any Error).self) { try ArtifactCheck(sharedDirectory: NSTemporaryDirectory()).check(request) }
    }
}

@Suite("A paragraph's text") struct RunTextTests {
    @Test("tells a lost name and a dead interpreter from other errors")
    func causes() {
        #expect(RunText.cause(of: ["Traceback …\nNameError: name 'mcc' is not defined\n"]).cause == .namesLost)
        #expect(RunText.cause(of: ["Traceback …\nKeyError: 'client'"]) == (.paragraphError, "KeyError"))
        #expect(RunText.cause(of: ["Interpreter process is not running\n"]).cause == .interpreterDied)
        #expect(RunText.cause(of: ["something"]) == (.paragraphError, nil))
    }

    @Test("holds the report on a line of its own; the last one counts")
    func reports() {
        let report = #"{"job":"j","file":"f","rows":1,"bytes":2,"sha256":"00"}"#
        #expect(RunText.reportedArtifact("RESULT", in: ["x\nRESULT \(report)\n"])?.rows == 1)
        #expect(RunText.reportedArtifact("RESULT", in: ["see RESULT \(report)"]) == nil)
        #expect(RunText.reportedArtifact("RESULT", in: ["RESULT nothing"]) == nil)
    }

    @Test("holds the report after a word of any alphabet", arguments: ["ИТОГ", "結果", "Ergebnis:", "re\u{301}sultat", "👩‍👧"])
    func anyWord(_ word: String) {
        let report = #"{"job":"j","file":"f","rows":7,"bytes":2,"sha256":"00"}"#
        #expect(RunText.reportedArtifact(word, in: ["\(word) \(report)\n"])?.rows == 7)
        #expect(RunText.count(word, of: "j", in: ["\(word) {\"job\":\"j\",\"rows\":3}"]) == 3)
    }
}

@Suite("The parameter paragraph") struct ParametersParagraphTests {
    @Test("holds exactly the values, whatever they are, in one line of letters and digits")
    func values() throws {
        let parameters: JSONValue = ["a": "\"\"\"\n%python\nimport os # ' \\ 😀 ООО «Ромашка»", "b": [.null, 1, .number(1.5), true]]
        let document = try ParametersParagraph.document(job: "j", outputName: "j.csv", parameters: parameters)
        let text = ParametersParagraph.text(document: document, interpreter: "python")
        let line = try #require(text.split(separator: "\n").first { $0.contains("b64decode") })
        let encoded = try #require(line.split(separator: "\"").dropFirst().first)
        let decoded = try JSON.decode(JSONValue.self, from: Array(#require(Data(base64Encoded: String(encoded)))))
        #expect(decoded == ["job": "j", "output": "j.csv", "parameters": parameters])
        #expect(!text.contains("Ромашка"))
    }

    @Test("holds no value where a form does") func form() {
        let text = ParametersParagraph.textWithForm(interpreter: "python")
        #expect(text.contains("b64decode(z.textbox(\"\(ParametersParagraph.formName)\"))"))
    }
}
