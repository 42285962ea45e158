import Foundation
import Testing

/// An auditor may read the log's folder and not write it.
@Suite("Command line: as an auditor", .enabled(if: Auditor.isPossible, "root needs setpriv to become somebody who may not write"))
struct AuditorTests {
    @Test("A log at rest is read where nothing may be written, whatever its path is", arguments: ["log", "100% #1?"])
    func readsAtRest(name: String) async throws {
        let folder = try await Auditor.folder(name, closed: true)
        let verify = try await folder.shell("\(Auditor.command) --log '\(name)' log verify")
        #expect(verify.code == 0, "\(verify.errors)")
        #expect(verify.output.contains(#""through":50"#))
        #expect(try await folder.shell("\(Auditor.command) --log '\(name)' read").lines.count == 50)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: name).path) == ["events.sqlite"])
        let append = try await folder.shell("\(Auditor.command) --log '\(name)' append order-1", input: #"{"type":"t","data":{}}"#)
        #expect(append.code == 1)
        #expect(append.isOneLineOfError, "\(append.errors)")
        try Auditor.release(folder, name)
    }

    @Test("A log is read beside a running writer, with what it has acknowledged a moment ago") func readsBesideWriter() async throws {
        let folder = try await Auditor.folder("log", closed: false)
        let writer = try folder.start("--log", "log", "append", "order-2")
        writer.send(#"{"type":"t","data":{}}"# + "\n")
        _ = await writer.nextOutput()
        try Auditor.close(folder, "log")
        let first = try await folder.shell("\(Auditor.command) --log log log verify")
        #expect(first.output.contains(#""through":51"#), "\(first)")
        writer.send(#"{"type":"t","data":{}}"# + "\n")
        _ = await writer.nextOutput()
        #expect(try await folder.shell("\(Auditor.command) --log log read").lines.count == 52)
        writer.endInput()
        #expect(await writer.end() == 0)
        try Auditor.release(folder, "log")
    }

    @Test("A log whose writer was killed is read, with its last events") func readsAfterCrash() async throws {
        let folder = try await Auditor.folder("log", closed: false)
        try await Auditor.killWriter(of: "log", in: folder)
        try Auditor.close(folder, "log")
        let verify = try await folder.shell("\(Auditor.command) --log log log verify")
        #expect(verify.output.contains(#""through":51"#), "\(verify)")
        try Auditor.release(folder, "log")
    }

    @Test("Where the last events cannot be read, that is one clear line, and no shorter log") func refusesLostEvents() async throws {
        let folder = try await Auditor.folder("log", closed: false)
        try await Auditor.killWriter(of: "log", in: folder)
        try FileManager.default.removeItem(at: folder.url.appending(path: "log/events.sqlite-shm"))
        try Auditor.close(folder, "log")
        let verify = try await folder.shell("\(Auditor.command) --log log log verify")
        #expect(verify.code == 1)
        #expect(verify.isOneLineOfError && verify.errors.contains("the last events are in log/events.sqlite-wal"), "\(verify.errors)")
        try Auditor.release(folder, "log")
    }
}

private enum Auditor {
    static let isPossible = geteuid() != 0 || FileManager.default.isExecutableFile(atPath: "/usr/bin/setpriv")

    /// `hindsight` as somebody who may not write what others own.
    static let command = geteuid() == 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups $HINDSIGHT" : "$HINDSIGHT"

    /// A folder with a log of 50 events in it.
    static func folder(_ name: String, closed: Bool) async throws -> CommandLineFolder {
        let folder = try CommandLineFolder()
        let lines = (1...50).map { #"{"type":"t","data":{"n":\#($0)}}"# }.joined(separator: "\n")
        let result = try await folder.hindsight("--log", name, "append", "order-1", input: lines)
        try #require(result.code == 0)
        if closed { try close(folder, name) }
        return folder
    }

    /// Takes the right to write away, from its owner too.
    static func close(_ folder: borrowing CommandLineFolder, _ name: String) throws {
        let log = folder.url.appending(path: name)
        for file in try FileManager.default.contentsOfDirectory(atPath: log.path) {
            try FileManager.default.setAttributes([.posixPermissions: 0o444], ofItemAtPath: log.appending(path: file).path)
        }
        try FileManager.default.setAttributes([.posixPermissions: 0o555], ofItemAtPath: log.path)
    }

    /// Lets the folder be removed.
    static func release(_ folder: borrowing CommandLineFolder, _ name: String) throws {
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.url.appending(path: name).path)
    }

    /// Has one more event acknowledged by a process that is then killed.
    static func killWriter(of name: String, in folder: borrowing CommandLineFolder) async throws {
        let writer = try folder.start("--log", name, "append", "order-2")
        writer.send(#"{"type":"t","data":{}}"# + "\n")
        _ = await writer.nextOutput()
        writer.signal(SIGKILL)
        _ = await writer.end()
    }
}
