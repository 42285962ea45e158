import ArgumentParser
import Foundation
import HindsightApp
import HindsightCore

extension LogCommand {
    struct Attest: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Sign the head of the log: position, digest and time, as one line of JSON.",
            discussion: """
                Keep the line where nobody can change it who can change the log: then `hindsight log verify --against` shows whether anything \
                up to that position was ever changed, cut off or recomputed. `openssl genpkey -algorithm ed25519 -out key.pem` makes a key, \
                `openssl pkey -in key.pem -pubout` its public half. --record also tells in the log that it was attested; inside the log an \
                attestation proves nothing, because whoever recomputes the chain leaves it out.
                """)

        @Option(help: ArgumentHelp("The private key: Ed25519, PKCS #8 in PEM, readable by its owner alone.", valueName: "file"))
        var key: String
        @Option(help: ArgumentHelp("Also add the line to this file.", valueName: "file"))
        var out: String?
        @Flag(help: "Also append hindsight.log-attested to the stream log-attestations.") var record = false
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func run(in session: Session) async throws {
            let signingKey = try KeyFile.readPrivate(key)
            let application = try session.open(for: record && !session.location().isMissing ? .writing : .reading)
            let attestation = try await LogAttestation.make(of: application.log, by: signingKey, clock: application.clock)
            let line = try JSON.line(attestation)
            if let out { try Self.add(line, to: out) }
            if record {
                try await LogAttestation.record(
                    attestation, in: application.log, clock: application.clock,
                    metadata: EventMetadata(actor: session.actor))
            }
            await application.close()
            let facts = [
                ("position", String(attestation.position)), ("digest", attestation.digest.hexadecimal),
                ("recorded", attestation.recordedAt.description), ("signed", attestation.signedAt.description),
                ("public key", attestation.publicKey.hexadecimal), ("signature", attestation.signature.hexadecimal),
            ]
            try Printer.printOne(json: line, facts: facts, format: session.format)
        }

        /// Earlier attestations in the file stay: the more there are, the closer damage is named.
        private static func add(_ line: String, to path: String) throws {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw InputError(reason: "\(path) cannot be opened: \(String(cString: strerror(errno)))") }
            defer { close(descriptor) }
            let bytes = Array("\(line)\n".utf8)
            guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
                throw InputError(reason: "\(path) cannot be written: \(String(cString: strerror(errno)))")
            }
        }
    }
}
