import Foundation
import HindsightCore
import MailAdapter
import Testing

@Suite(
    "Mail to a real server", .enabled(if: MailServerProcess.python != nil, "needs PyPI's aiosmtpd: tools/prepare-tests installs it"),
    .timeLimit(.minutes(2)))
struct SMTPClientTests {
    private static func message(
        to recipient: String = "manager@example.com", subject: String = "Audience is ready", text: String = "500 rows, checked.\n"
    ) throws -> MailMessage {
        try MailMessage(
            id: "87847105-ef01-5e3d-96ba-cdfe83344931:finished:1", from: MailAddress("hindsight@bank.example"), to: MailAddress(recipient),
            subject: subject, text: text, date: #require(Timestamp("2026-11-28T04:44:59.5Z")))
    }

    private static func credentials(_ password: String = "p:ä %") throws -> MailCredentials {
        let file = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString).json")
        defer { unlink(file.path) }
        try Data(#"{"userName":"svc","password":"\#(password)"}"#.utf8).write(to: file)
        return try MailCredentials(file: file.path)
    }

    /// The message as a mailbox's own reader has it: header fields, then the text.
    private static func read(_ content: String) throws -> JSONValue {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(filePath: try #require(MailServerProcess.python))
        process.arguments = [
            "-c",
            """
            import email, email.policy, json, sys
            message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
            assert not message.defects, message.defects
            print(json.dumps({**{name: str(value) for name, value in message.items()}, "text": message.get_content().replace("\\r\\n", "\\n")}))
            """,
        ]
        (process.standardInput, process.standardOutput) = (input, output)
        try process.run()
        input.fileHandleForWriting.write(Data(content.utf8))
        try input.fileHandleForWriting.close()
        let read = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return try JSON.decode(JSONValue.self, from: Array(read))
    }

    @Test("A message arrives with the headers that mailboxes want, and its repeat has the same Message-ID")
    func delivered() async throws {
        let server = try MailServerProcess()
        let client = SMTPClient(try server.address())
        var seen: [JSONValue] = []
        for _ in 0..<2 {
            #expect(try await client.send(Self.message()) == .delivered(MailStatus(code: 250, enhanced: "2.0.0")))
            let taken = try server.message()
            #expect(taken["sender"] == "hindsight@bank.example" && taken["recipient"] == "manager@example.com")
            #expect(taken["extended"] == true && taken["hello"] == "[127.0.0.1]")
            seen.append(try Self.read(taken["content"]?.stringValue ?? ""))
        }
        #expect(seen[0] == seen[1])
        #expect(seen[0]["Message-ID"] == "<87847105-ef01-5e3d-96ba-cdfe83344931_finished_1@bank.example>")
        #expect(seen[0]["Date"] == "Sat, 28 Nov 2026 04:44:59 +0000")
        #expect(seen[0]["From"] == "hindsight@bank.example" && seen[0]["To"] == "manager@example.com")
        #expect(seen[0]["Subject"] == "Audience is ready" && seen[0]["text"] == "500 rows, checked.\n")
    }

    @Test(
        "Cyrillic, long lines and lines of dots arrive as they were, in lines of at most 76 signs",
        arguments: [
            ("Аудитория готова: «Кофейня \"У дома\", ИП Д'Арк» — 500 клиентов, проверено, лежит в общей папке 😀", "Строка\n.\n..точки\n"),
            ("A subject that is plain but so long that it would not fit into one line of seventy-six signs", ".\n..\n.hidden\n\nend\n"),
            ("=?UTF-8?B?no?=", String(repeating: "a long line ", count: 100) + "\n"), ("", "\n"),
        ])
    func texts(subject: String, text: String) async throws {
        let server = try MailServerProcess()
        let outcome = try await SMTPClient(server.address()).send(Self.message(subject: subject, text: text))
        #expect(outcome == .delivered(MailStatus(code: 250, enhanced: "2.0.0")))
        let content = try #require(try server.message()["content"]?.stringValue)
        #expect(content.utf8.allSatisfy { $0 < 0x80 })
        #expect(content.split(separator: "\r\n", omittingEmptySubsequences: false).allSatisfy { $0.utf8.count <= 76 })
        let read = try Self.read(content)
        #expect(read["Subject"]?.stringValue == subject && read["text"]?.stringValue == text)
    }

    @Test(
        "Every refusal says whether it is for ever, with its code and without its words",
        arguments: [
            ("full", MailOutcome.notDone(.answered(MailStatus(code: 452, enhanced: "4.2.2"), at: .recipient))),
            ("nobody", .refused(MailStatus(code: 550, enhanced: "5.1.1"), at: .recipient)),
            ("later", .notDone(.answered(MailStatus(code: 451, enhanced: "4.3.0"), at: .content))),
            ("spam", .refused(MailStatus(code: 554, enhanced: "5.7.1"), at: .content)),
            ("hang-up", .notDone(.connectionLost(.recipient))), ("lost", .unknown(.connectionLost(.content))),
        ])
    func refusals(name: String, outcome: MailOutcome) async throws {
        let server = try MailServerProcess()
        let got = try await SMTPClient(server.address()).send(Self.message(to: "\(name)@example.com"))
        #expect(got == outcome)
        #expect(!"\(got)".contains("@"))
    }

    @Test("A server that falls silent is left: before the last dot nothing was sent, after it nobody knows")
    func silence() async throws {
        var limits = MailServer.TimeLimits()
        (limits.command, limits.afterContent) = (.milliseconds(200), .milliseconds(200))
        let server = try MailServerProcess()
        let client = SMTPClient(try server.address(limits: limits))
        #expect(try await client.send(Self.message(to: "silent@example.com")) == .notDone(.timeLimit(.recipient)))
        #expect(try await client.send(Self.message(to: "mute@example.com")) == .unknown(.timeLimit(.content)))
    }

    @Test("Nobody at the address is trouble for now") func unreachable() async throws {
        let server = try MailServerProcess()
        server.stop()
        let client = SMTPClient(try server.address(host: "127.0.0.1"))
        #expect(try await client.send(Self.message()) == .notDone(.unreachable))
    }

    @Test("A server without EHLO is greeted as in the old days") func oldServer() async throws {
        let server = try MailServerProcess("--no-ehlo")
        let outcome = try await SMTPClient(server.address()).send(Self.message())
        #expect(outcome == .delivered(MailStatus(code: 250, enhanced: "2.0.0")))
        #expect(try server.message()["extended"] == false)
    }

    @Test("A login is made by PLAIN, or by LOGIN where that is all there is", arguments: [[], ["--without", "PLAIN"]])
    func login(options: [String]) async throws {
        let server = try MailServerProcess(["--login", "svc:p:ä %"] + options)
        let outcome = try await SMTPClient(server.address(credentials: Self.credentials())).send(Self.message())
        #expect(outcome == .delivered(MailStatus(code: 250, enhanced: "2.0.0")))
        #expect(try server.message()["login"] == "svc")
    }

    @Test("A wrong password is trouble with the server, and no verdict on the message; the password shows nowhere")
    func wrongPassword() async throws {
        let server = try MailServerProcess("--login", "svc:right")
        let credentials = try Self.credentials("wrong-secret")
        let outcome = try await SMTPClient(server.address(credentials: credentials)).send(Self.message())
        #expect(outcome == .notDone(.answered(MailStatus(code: 535, enhanced: "5.7.8"), at: .login)))
        #expect(!"\(outcome) \(credentials) \(String(reflecting: credentials))".contains("secret"))
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("secret"))
    }

    @Test("No mechanism that both know is trouble") func noMechanism() async throws {
        let server = try MailServerProcess("--no-ehlo")
        let outcome = try await SMTPClient(server.address(credentials: Self.credentials())).send(Self.message())
        #expect(outcome == .notDone(.noKnownLogin))
    }

    @Test(
        "Messages and passwords go under TLS with a trusted certificate, by name and by address", arguments: ["localhost", "127.0.0.1"],
        [MailServer.Security.starttls, .implicit])
    func secured(host: String, security: MailServer.Security) async throws {
        let own = try SelfMadeCertificate.shared.get()
        let server = try MailServerProcess("--\(security.rawValue)", own.certificate, own.key, "--login", "svc:p:ä %")
        let address = try server.address(
            host: host, security, trustRoots: own.certificate, credentials: Self.credentials())
        #expect(try await SMTPClient(address).send(Self.message()) == .delivered(MailStatus(code: 250, enhanced: "2.0.0")))
        let taken = try server.message()
        #expect(taken["secure"] == true && taken["login"] == "svc")
    }

    @Test("A certificate that nobody vouches for gets nothing", arguments: [MailServer.Security.starttls, .implicit])
    func untrusted(security: MailServer.Security) async throws {
        let own = try SelfMadeCertificate.shared.get()
        let server = try MailServerProcess("--\(security.rawValue)", own.certificate, own.key)
        #expect(try await SMTPClient(server.address(security)).send(Self.message()) == .notDone(.notSecure))
    }

    @Test("A server that offers no STARTTLS where it is wanted gets nothing: there is no way back to the clear")
    func noStartTLS() async throws {
        let server = try MailServerProcess()
        #expect(try await SMTPClient(server.address(.starttls)).send(Self.message()) == .notDone(.noStartTLS))
    }

    @Test("What somebody slips in ahead of the handshake is not believed") func injected() async throws {
        let own = try SelfMadeCertificate.shared.get()
        let server = try MailServerProcess("--starttls", own.certificate, own.key, "--injects")
        let address = try server.address(.starttls, trustRoots: own.certificate)
        #expect(try await SMTPClient(address).send(Self.message()) == .notDone(.malformedAnswer(.security)))
    }
}

@Suite("Mail that must not be sent") struct UnusableMailTests {
    @Test(
        "A line break, or another control character, in a field is refused by the field's name",
        arguments: ["a\r\nBcc: x@example.com", "a\nb", "a\rb", "a\u{0}b", "a\u{2028}b", "a\u{85}b"])
    func injection(text: String) throws {
        let (from, to) = (try MailAddress("a@example.com"), try MailAddress("b@example.com"))
        let date = Timestamp(microsecondsSince1970: 0)
        #expect { try MailMessage(id: "1", from: from, to: to, subject: text, text: "", date: date) } throws: {
            ($0 as? UnusableMail)?.field == "subject"
        }
        #expect { try MailMessage(id: text, from: from, to: to, subject: "a", text: "", date: date) } throws: {
            ($0 as? UnusableMail)?.field == "id"
        }
        #expect(throws: UnusableMail.self) { try MailAddress("\(text)@example.com") }
        #expect(throws: UnusableMail.self) { try MailAddress("a@\(text)") }
    }

    @Test(
        "What is no address is refused, and not repeated",
        arguments: [
            "", "a", "a@", "@b", "a@b@c", "a b@c", "<a@b>", "a@b>", "a..b@c", ".a@b", "a.@b", "a@-b", "a@b-", "a@b..c", "имя@пример.рф",
            "a,b@c",
        ])
    func addresses(text: String) {
        #expect { try MailAddress(text) } throws: { text.isEmpty || text == "a" || !"\($0)".contains(text) }
    }

    @Test("An address shows nowhere") func shownNowhere() throws {
        let address = try MailAddress("i.petrov+x@example.com")
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!"\(address) \(String(reflecting: address)) \(dumped)".contains("petrov"))
    }

    @Test("A password does not go over a network in the clear") func clearPassword() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: "mail-\(UUID().uuidString).json")
        defer { unlink(file.path) }
        try Data(#"{"userName":"a","password":"b"}"#.utf8).write(to: file)
        let credentials = try MailCredentials(file: file.path)
        #expect(throws: UnusableMail.self) {
            try MailServer(host: "mail.example.com", port: 25, security: .none, credentials: credentials)
        }
        try Data("secret".utf8).write(to: file)
        #expect { try MailCredentials(file: file.path) } throws: { !"\($0)".contains("secret") }
    }
}
