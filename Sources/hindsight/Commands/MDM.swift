import ArgumentParser
import CustomerMDM
import Foundation
import HindsightApp
import HindsightCore

struct MDMCommand: CommandGroup {
    static let configuration = CommandConfiguration(
        commandName: "mdm", abstract: "Cards of source systems, and the golden records composed of them.",
        subcommands: [
            Ingest.self, Merge.self, Train.self, Play.self, Chronology.self, Evaluate.self, Golden.self, Card.self, Clusters.self, Why.self,
            Reviews.self, Confirm.self, Reject.self, Accept.self, Refuse.self, Unmerge.self, Rollback.self, Separations.self,
            ClosePast.self,
        ])
    @OptionGroup var options: CommonOptions
    @ParentCommand var root: Hindsight

    static func card(_ text: String) throws -> CardID {
        do {
            return try CardID(text)
        } catch {
            throw ValidationError("'\(text)' is no card: \(error.reason)")
        }
    }

    static func golden(_ text: String) throws -> GoldenID {
        do {
            return try GoldenID(text)
        } catch {
            throw ValidationError("'\(text)' is no golden record: its id \(error.reason)")
        }
    }

    /// Cards of one group, separated by commas.
    static func group(_ text: String) throws -> [CardID] {
        try text.split(separator: ",").map { try card(String($0)) }
    }

    /// How many stewards have to agree, as the environment's settings say: a command is no way around them.
    private static func blindReviews(_ session: Session) throws -> Int {
        try Configuration.load(flags: [], file: nil, environment: ProcessInfo.processInfo.environment).blindReviews
    }

    /// Opens the hub for a question.
    static func reading(_ session: Session, at moment: Moment?) async throws -> (hub: CustomerHub, position: Position?) {
        let application = try session.open(for: .reading)
        let hub = try await application.openCustomerHub(
            records: false, blindReviews: try blindReviews(session), metadata: EventMetadata(actor: session.actor))
        return (hub, try await moment?.position(in: application.log))
    }

    /// Opens the hub for a steward's act, which lets its sagas work; nobody else drives them meanwhile.
    static func acting<Result>(_ session: Session, _ act: (CustomerHub) async throws -> Result) async throws -> Result {
        try session.location().requireLog()
        let application = try session.open(for: .writing)
        let lock = try await application.lock(for: "hindsight mdm")
        defer { withExtendedLifetime(lock) {} }
        let hub = try await application.openCustomerHub(
            records: false, blindReviews: try blindReviews(session), metadata: EventMetadata(actor: session.actor))
        do {
            let result = try await act(hub)
            await application.close()
            return result
        } catch {
            await application.close()
            throw error
        }
    }
}

/// Which rules cards are matched by; what is given is recorded, and stays the log's until another is named.
struct ProfileOptions: ParsableArguments {
    @Option(help: "A shipped profile's name (russian-bank, english-person), or a YAML file.") var profile: String?

    func load() throws -> Profile? {
        guard let profile else { return nil }
        let isFile = profile.contains("/") || profile.contains(".")
        return isFile ? try Profile(yaml: String(decoding: try CompressedFile.read(profile), as: UTF8.self)) : try Profile.named(profile)
    }
}
