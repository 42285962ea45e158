import Foundation
import HindsightCore
import HindsightTesting
import LogFaults
import MailAdapter
import Synchronization

/// A mail server of others as a process of its own: PyPI's aiosmtpd behind `Server/mail_server.py`.
final class MailServerProcess {
    /// The interpreter of the environment that `tools/prepare-tests` makes; `nil` where it is not in `PATH`.
    static let python: String? = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        .first { FileManager.default.isExecutableFile(atPath: "\($0)/aiosmtpd") }.map { "\($0)/python3" }

    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Server/mail_server.py").path

    let port: Int
    private let process: ChildProcess

    convenience init(_ options: String...) throws { try self.init(options) }

    init(_ options: [String]) throws {
        process = try ChildProcess(Self.python ?? "python3", [Self.script] + options)
        guard let line = try process.nextLine(), let port = try Self.read(line)["port"]?.integerValue else {
            throw Contradiction("the mail server did not start")
        }
        self.port = Int(port)
    }

    deinit { stop() }

    /// Returns when nobody listens any more.
    func stop() {
        process.kill()
        _ = process.waitForEnd()
    }

    /// The next thing that it tells.
    func told() throws -> JSONValue {
        guard let line = try process.nextLine() else { throw Contradiction("the mail server has ended") }
        return try Self.read(line)
    }

    /// The next message that it was sent whole.
    func message() throws -> JSONValue {
        while true {
            let told = try told()
            if told["content"] != nil { return told }
        }
    }

    private static func read(_ line: String) throws -> JSONValue { try JSON.decode(JSONValue.self, from: Array(line.utf8)) }

    func address(
        host: String = "localhost", _ security: MailServer.Security = .none, trustRoots: String? = nil, credentials: MailCredentials? = nil,
        limits: MailServer.TimeLimits = .init()
    ) throws -> MailServer {
        try MailServer(host: host, port: port, security: security, trustRoots: trustRoots, credentials: credentials, limits: limits)
    }
}

/// A certificate that nobody has signed but itself, made once for all tests, for this machine by name and by address.
struct SelfMadeCertificate {
    let certificate: String
    let key: String

    static let shared = Result {
        let folder = FileManager.default.temporaryDirectory.appending(path: "mail-certificate-\(ProcessInfo.processInfo.processIdentifier)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let made = SelfMadeCertificate(
            certificate: folder.appending(path: "certificate.pem").path, key: folder.appending(path: "key.pem").path)
        let options = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=mail.test",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", made.key, "-out", made.certificate,
        ]
        guard ChildProcess.succeeds("openssl", options) else { throw Contradiction("openssl makes no certificate") }
        return made
    }
}
