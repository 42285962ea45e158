import Foundation
import HindsightApp
import HindsightCore
import SQLiteConnection
import Testing

@Suite("Command line: the log") struct LogOperationTests {
    /// So many events, each with a tag, in two streams.
    private func fill(_ folder: borrowing CommandLineFolder, _ count: Int, stream: String = "order-1") async throws {
        let lines = (1...count).map { #"{"type":"shop.order-placed","data":{"n":\#($0),"note":"caf\u00e9"},"tags":["order:\#($0 % 7)"]}"# }
        let result = try await folder.hindsight("append", stream, input: lines.joined(separator: "\n"))
        try #require(result.code == 0)
    }

    private func write(_ text: String, _ name: String, in folder: borrowing CommandLineFolder, mode: Int = 0o600) throws {
        let path = folder.url.appending(path: name).path
        try Data(text.utf8).write(to: URL(filePath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    private func tamper(_ folder: borrowing CommandLineFolder, _ sql: String) throws {
        let connection = try Connection(path: folder.url.appending(path: "hindsight-data/events.sqlite").path, mode: .readWrite)
        defer { connection.close() }
        try connection.execute(sql)
    }

    // MARK: - Verify and attest

    @Test("An attestation proves later that the log extends it, and verify says what it cannot prove without one") func attests()
        async throws
    {
        let folder = try CommandLineFolder()
        let key = SigningKey()
        try write(key.pem, "key.pem", in: folder)
        try write(key.publicKey.pem, "public.pem", in: folder, mode: 0o644)
        try await fill(folder, 5)
        let attested = try await folder.hindsight("log", "attest", "--key", "key.pem", "--out", "attestations")
        #expect(attested.code == 0)
        let kept = try String(contentsOf: folder.url.appending(path: "attestations"), encoding: .utf8)
        #expect(kept == attested.output)
        try await fill(folder, 3)
        _ = try await folder.hindsight("log", "attest", "--key", "key.pem", "--out", "attestations", "--record")
        let recorded = try await folder.hindsight("read", "log-attestations")
        #expect(recorded.output.contains(#""type":"hindsight.log-attested""#))

        let good = try await folder.hindsight("log", "verify", "--against", "attestations", "--key", "public.pem")
        #expect(good.code == 0)
        #expect(good.output.contains(#""attested":8,"caveats":["that what follows position 8"#), "\(good.output)")
        let keyless = try await folder.hindsight("log", "verify", "--against", "attestations")
        #expect(keyless.output.contains("only as good as where their key comes from"))
        let bare = try await folder.hindsight("log", "verify")
        #expect(bare.code == 0)
        #expect(bare.output.contains("that the end was cut off, or the whole chain recomputed, cannot be excluded"))

        try tamper(folder, "DROP TRIGGER events_are_never_deleted; DELETE FROM events WHERE position > 6")
        #expect(try await folder.hindsight("log", "verify").code == 0)
        let cut = try await folder.hindsight("log", "verify", "--against", "attestations", "--key", "public.pem")
        #expect(cut.code == 3)
        #expect(cut.isOneLineOfError && cut.errors.contains("position 7: the log ends at position 6, and position 8 was attested"))
    }

    @Test("An attestation that was changed, or that another signed, is no proof: exit code 3") func refusesBadAttestation() async throws {
        let folder = try CommandLineFolder()
        try write(SigningKey().pem, "key.pem", in: folder)
        try write(SigningKey().publicKey.pem, "other.pem", in: folder)
        try await fill(folder, 2)
        let attestation = try await folder.hindsight("log", "attest", "--key", "key.pem").output
        try write(attestation, "kept", in: folder)
        try write(attestation.replacing(#""position":2"#, with: #""position":1"#), "changed", in: folder)
        for arguments in ["--against changed", "--against kept --key other.pem", "--against kept --against changed"] {
            let result = try await folder.shell("$HINDSIGHT log verify \(arguments)")
            #expect(result.code == 3)
            #expect(result.isOneLineOfError && result.errors.contains("proves nothing"), "\(result.errors)")
        }
    }

    @Test(
        "A key that others may read is refused, and so is a file that is no key",
        arguments: [
            ("key.pem", 0o644, "others may read this private key (mode 644)"), ("key.pem", 0o640, "others may read"),
            ("no.pem", 0o600, "cannot be opened"), ("public.pem", 0o600, "holds no PRIVATE KEY"),
        ])
    func refusesKey(file: String, mode: Int, message: String) async throws {
        let folder = try CommandLineFolder()
        try write(SigningKey().pem, "key.pem", in: folder, mode: mode)
        try write(SigningKey().publicKey.pem, "public.pem", in: folder, mode: mode)
        try await fill(folder, 1)
        let result = try await folder.hindsight("log", "attest", "--key", file)
        #expect(result.code == 1)
        #expect(result.isOneLineOfError && result.errors.contains(message), "\(result.errors)")
    }

    @Test(
        "What cannot be meant is wrong usage or one clear line",
        arguments: [
            ("log verify --key public.pem", 2), ("log verify --against nothing", 1), ("log export --until 1 --at position:1", 2),
            ("log export --after=-1", 2), ("log attest", 2), ("log backup", 2), ("log backup .", 1), ("log import nothing", 1),
            ("log export --out /", 1),
        ] as [(String, Int32)])
    func refusesUsage(arguments: String, code: Int32) async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 1)
        try write("", "events.sqlite", in: folder)
        let result = try await folder.shell("$HINDSIGHT \(arguments)")
        #expect(result.code == code)
        #expect(result.isOneLineOfError, "\(result.errors)")
    }

    // MARK: - Export and import

    @Test("What is exported and imported is the same log, byte for byte, and importing it again does nothing") func copies() async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 1_100)
        try await fill(folder, 20, stream: "cart-ü")
        let exported = try await folder.hindsight("log", "export")
        #expect(exported.lines.count == 1_120)
        let imported = try await folder.hindsight("--log", "copy", "log", "import", input: exported.output)
        #expect(imported.output.contains(#""alreadyThere":0"#) && imported.output.contains(#""imported":1120"#), "\(imported)")
        #expect(try await folder.hindsight("--log", "copy", "log", "export").output == exported.output)
        #expect(try await folder.hindsight("--log", "copy", "log", "verify").code == 0)
        #expect(try await folder.hindsight("--log", "copy", "log", "check").code == 0)
        let again = try await folder.hindsight("--log", "copy", "log", "import", input: exported.output)
        #expect(again.code == 0)
        #expect(again.output.contains(#""alreadyThere":1120"#) && again.output.contains(#""imported":0"#))
        let table = try await folder.hindsight("--log", "copy", "log", "import", "--format", "table", "-", input: exported.output)
        #expect(table.output.contains("nothing: the log holds everything already"))
        let more = try await folder.hindsight("--log", "copy", "append", "order-1", input: #"{"type":"t","data":{}}"#)
        #expect(more.output.contains(#""position":1121"#) && more.output.contains(#""version":1101"#))
    }

    @Test("An import that was cut off goes on, also from an export of the rest alone") func resumesImport() async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 60)
        let exported = try await folder.hindsight("log", "export").output
        let cut = try await folder.hindsight("--log", "copy", "log", "import", input: String(exported.prefix(exported.count / 2)))
        #expect(cut.code == 1)
        #expect(cut.isOneLineOfError && cut.errors.contains("not valid JSON"), "\(cut.errors)")
        let stored = try await folder.hindsight("--log", "copy", "read").lines.count
        #expect((25...35).contains(stored))
        let rest = try await folder.hindsight("log", "export", "--after", String(stored), "--until", "50")
        #expect(try await folder.hindsight("--log", "copy", "log", "import", input: rest.output).code == 0)
        let gap = try await folder.hindsight("log", "export", "--after", "55")
        let refused = try await folder.hindsight("--log", "copy", "log", "import", input: gap.output)
        #expect(refused.code == 1)
        #expect(refused.errors.contains("line 1: position: the export begins at 56, and the log ends at 50"), "\(refused.errors)")
        try write(exported, "all.ndjson", in: folder)
        let all = try await folder.hindsight("--log", "copy", "log", "import", "all.ndjson")
        #expect(all.output.contains(#""alreadyThere":50"#) && all.output.contains(#""imported":10"#), "\(all)")
    }

    @Test(
        "What would break the chain is refused with its line and member, and what came before it is stored",
        arguments: [
            (#""n":31"#, #""n":32"#, "commitment"), (#""position":31"#, #""position":32"#, "position"),
            (#""version":31"#, #""version":30"#, "digest"),
            (#"order:3"#, #"order:4"#, "digest"), (#""encoding":0"#, #""encoding":1"#, "encoding"),
            (#""data":{"#, #""data":null,"x":{"#, "x"),
            (#""recordedAt":"2"#, #""recordedAt":"1"#, "recordedAt"),
        ])
    func refusesChange(from: String, to: String, field: String) async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 40)
        var lines = try await folder.hindsight("log", "export").lines
        let changed = lines[30].replacing(from, with: to)
        #expect(changed != lines[30])
        lines[30] = changed
        let result = try await folder.hindsight("--log", "copy", "log", "import", input: lines.joined(separator: "\n"))
        #expect(result.code == 1)
        #expect(result.isOneLineOfError && result.errors.hasPrefix("hindsight: line 31: \(field): "), "\(result.errors)")
        #expect(try await folder.hindsight("--log", "copy", "read").lines.count == 30)
    }

    @Test("Another log's export is refused where the two part") func refusesOtherHistory() async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 4)
        let exported = try await folder.hindsight("log", "export").lines
        _ = try await folder.hindsight("--log", "copy", "log", "import", input: exported[..<3].joined(separator: "\n"))
        _ = try await folder.hindsight("--log", "copy", "append", "order-1", input: #"{"type":"t","data":{}}"#)
        let result = try await folder.hindsight("--log", "copy", "log", "import", input: exported.joined(separator: "\n"))
        #expect(result.code == 1)
        #expect(result.errors.contains("line 4: digest: the log holds another event at position 4"), "\(result.errors)")
    }

    @Test("An export into a file goes on after its last whole line, whatever was cut off", arguments: [0, 1, 700, 5_000, 12_345])
    func resumesExport(bytes: Int) async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 40)
        let exported = try await folder.hindsight("log", "export").output
        try write(String(decoding: exported.utf8.prefix(bytes), as: UTF8.self), "out.ndjson", in: folder)
        let result = try await folder.hindsight("log", "export", "--out", "out.ndjson")
        #expect(result.code == 0, "\(result.errors)")
        #expect(try String(contentsOf: folder.url.appending(path: "out.ndjson"), encoding: .utf8) == exported)
    }

    @Test(
        "A file that is no export of this log is refused and stays as it is",
        arguments: ["These are my notes.", "These are my notes.\n", "{}\n"])
    func refusesForeignFile(text: String) async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 3)
        try write(text, "out.ndjson", in: folder)
        let result = try await folder.hindsight("log", "export", "--out", "out.ndjson")
        #expect(result.code == 1)
        #expect(result.isOneLineOfError, "\(result.errors)")
        #expect(try String(contentsOf: folder.url.appending(path: "out.ndjson"), encoding: .utf8) == text)
    }

    @Test("A part is exported by its bounds") func exportsPart() async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 10)
        #expect(try await folder.hindsight("log", "export", "--after", "3", "--until", "5").lines.count == 2)
        #expect(try await folder.hindsight("log", "export", "--at", "position:4").lines.count == 4)
        #expect(try await folder.hindsight("log", "export", "--at", "2000-01-01T00:00:00Z").lines.isEmpty)
        #expect(try await folder.hindsight("log", "export", "--after", "99").lines.isEmpty)
    }

    @Test("An erased event is read, folded, exported and imported as erased, and verifies where an event says so") func erased()
        async throws
    {
        let folder = try CommandLineFolder()
        try await fill(folder, 3)
        try tamper(folder, "UPDATE events SET data = NULL, salt = NULL WHERE position = 2")
        let unexplained = try await folder.hindsight("log", "export")
        let refused = try await folder.hindsight("--log", "other", "log", "import", input: unexplained.output)
        #expect(refused.code == 3)
        #expect(refused.isOneLineOfError && refused.errors.contains("the payload of position 2 is missing"), "\(refused.errors)")

        let location = try LogLocation(flag: folder.url.appending(path: "hindsight-data").path, environment: [:])
        let application = try Application.open(location, for: .writing)
        let erasure = try OperatorAct.payloadErased(PayloadErased(positions: [2], reason: "request 7"))
            .encoded(id: .version7(at: application.clock.now(), entropy: [UInt8](repeating: 1, count: 10)))
        try await application.log.append([erasure], to: PayloadErased.stream())
        await application.close()
        let read = try await folder.hindsight("read", "order-1")
        #expect(read.lines.count == 3 && read.lines[1].contains(#""data":null"#))
        #expect(try await folder.hindsight("read", "--format", "table").output.contains("[erased]"))
        #expect(try await folder.hindsight("state", "order-1").output.contains(#""n":3"#))
        let exported = try await folder.hindsight("log", "export")
        #expect(exported.lines[1].contains(#""data":null"#) && exported.lines[1].contains(#""salt":null"#))
        #expect(try await folder.hindsight("--log", "copy", "log", "import", input: exported.output).code == 0)
        #expect(try await folder.hindsight("--log", "copy", "log", "verify").code == 0)
        #expect(try await folder.hindsight("--log", "copy", "log", "export").output == exported.output)
    }

    // MARK: - Check, info, backup

    @Test("Info gives the numbers, and check has nothing to find until something is there") func checks() async throws {
        let folder = try CommandLineFolder()
        try await fill(folder, 1_030)
        let info = try await folder.hindsight("log", "info").output
        for part in [
            #""head":1030"#, #""format":3"#, #""categories":[{"events":1030,"name":"order"}]"#, #""fileBytes":"#, #""bytesPerEvent":"#,
            #""eventsPerSecond":{"lastDay":"#,
        ] {
            #expect(info.contains(part), "\(info)")
        }
        let clean = try await folder.hindsight("log", "check")
        #expect(clean.code == 0 && clean.output.isEmpty)
        try tamper(folder, "DROP TRIGGER postings_are_never_deleted; DELETE FROM postings WHERE kind = 3")
        let found = try await folder.hindsight("log", "check")
        #expect(found.code == 3)
        #expect(found.output.contains(#"{"area":"index","position":"#) && found.output.contains(#""area":"schema""#), "\(found.output)")
        #expect(found.isOneLineOfError)
    }

    @Test("Check reads every event: what this program cannot read is a finding, exit code 3, and never shows its data") func checksReading()
        async throws
    {
        let folder = try CommandLineFolder()
        try await fill(folder, 3)
        #expect(try await folder.hindsight("log", "check").code == 0)
        let location = try LogLocation(flag: folder.url.appending(path: "hindsight-data").path, environment: [:])
        let application = try Application.open(location, for: .writing)
        // As a later or an earlier program may have written them.
        for (index, (type, version)) in [("hindsight.saga-parked", 1), ("hindsight.saga-parked", 2), ("hindsight.saga-dreamed", 1)]
            .enumerated()
        {
            let id = EventID.version7(at: application.clock.now(), entropy: [UInt8](repeating: UInt8(index), count: 10))
            let event = NewEvent(
                id: id, type: try EventType(type), schemaVersion: version, data: try JSONText(object: #"{"cause":"x","reason":["Secret"]}"#)
            )
            try await application.log.append([event], to: StreamName("saga-x:1"))
        }
        await application.close()
        let check = try await folder.hindsight("log", "check")
        #expect(check.code == 3)
        #expect(check.errors == "hindsight: 3 events cannot be read by this program\n")
        #expect(check.lines.count == 3 && !check.output.contains("Secret"))
        for part in [
            #"{"area":"data","events":1,"pointer":"/data/reason","position":4,"positions":[4],"#,
            #"{"area":"versions","events":1,"pointer":"/schemaVersion","position":5,"#, #"{"area":"types","events":1,"pointer":"/type","#,
        ] {
            #expect(check.output.contains(part), "\(check.output)")
        }
        let table = try await folder.hindsight("log", "check", "--format", "table")
        #expect(table.code == 3)
        #expect(
            table.output.contains("6 events, 3 of them of types of your own, which are left alone; all but 3 can be read by this program"))
    }

    @Test("A backup killed at any moment leaves no log at its target, or a whole one", arguments: 0..<5) func killedBackup(round: Int)
        async throws
    {
        let folder = try CommandLineFolder()
        try await fill(folder, 3_000)
        let backup = try folder.start("log", "backup", "copy")
        let staging = folder.url.appending(path: "copy/incomplete-backup/events.sqlite\(["", "", "-wal", "-wal", "-shm"][round])").path
        let log = folder.url.appending(path: "copy/events.sqlite").path
        while !FileManager.default.fileExists(atPath: staging), !FileManager.default.fileExists(atPath: log) { await Task.yield() }
        backup.signal(SIGKILL)
        _ = await backup.end()
        if FileManager.default.fileExists(atPath: log) {
            #expect(try await folder.hindsight("--log", "copy", "log", "verify").output.contains(#""through":3000"#))
        } else {
            #expect(try await folder.hindsight("--log", "copy", "log", "verify").code == 1)
            #expect(try await folder.hindsight("log", "backup", "copy").code == 0)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.appending(path: "copy").path) == ["events.sqlite"])
        }
    }
}
