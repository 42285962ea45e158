import ArgumentParser
import Foundation
import HindsightApp
import HindsightCore

extension LogCommand {
    struct Verify: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Compute the digest chain anew. Exit code 3 if it does not hold.",
            discussion: """
                A change anywhere is found, and its position named. That the end was cut off, or the chain recomputed after a change, shows \
                only against an attestation that was kept elsewhere: --against proves that today's log extends the one that was signed. An \
                attestation that is not good is no proof, and exit code 3 too.
                """)

        @Option(
            help: ArgumentHelp("A file of attestations, one on each line, as `hindsight log attest` prints them.", valueName: "file"))
        var against: [String] = []
        @Option(help: ArgumentHelp("The public key (PEM) that the attestations must be signed with.", valueName: "public.pem"))
        var key: String?
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: LogCommand

        func validate() throws {
            if key != nil, against.isEmpty { throw ValidationError("--key says whose attestations to trust: name them with --against") }
        }

        func run(in session: Session) async throws {
            let key = try key.map { try KeyFile.readPublic($0) }
            let attestations = try against.flatMap(readAttestations)
            let bar = ProgressBar("verifying", unit: "events")
            session.note("nothing was found so far, and not everything was looked at")
            let verification: LogVerification
            do {
                let log = try session.openForInspection().log
                verification = try await LogVerification.run(log, against: attestations, trusting: key) { bar.update($0, of: $1) }
            } catch let refusal as AttestationRefused {
                throw DamageFound(description: "\(refusal)")
            }
            bar.finish()
            try Printer.printOne(verification, facts: verification.facts, format: session.format)
            if !verification.verified { throw DamageFound(description: verification.sentence) }
        }

        private func readAttestations(_ path: String) throws -> [Attestation] {
            guard let content = FileManager.default.contents(atPath: path) else {
                throw InputError(reason: "\(path) cannot be read")
            }
            do {
                let attestations = try LogAttestation.parse(String(decoding: content, as: UTF8.self))
                guard !attestations.isEmpty else { throw InputError(reason: "holds no attestation") }
                return attestations
            } catch {
                throw InputError(reason: "\(path): \(error)")
            }
        }
    }
}

extension LogVerification {
    fileprivate var facts: [(String, String)] {
        var facts = [
            ("verified", verified ? "yes" : "NO"), ("through", "position \(through)"), ("digest", digest),
            ("attested", attested.map { "through position \($0)" } ?? "nothing"),
            ("bad position", badPosition.map { String($0) } ?? "none"), ("reason", reason ?? "—"),
        ]
        for caveat in caveats { facts.append(("but", caveat)) }
        return facts
    }
}
