import ArgumentParser
import AudienceJobs
import HindsightApp
import HindsightCore
import HindsightRuntime

extension AudienceCommand {
    struct OfferShow: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            commandName: "offer", abstract: "An offer's audiences, what they have in common, and who wins.",
            discussion:
                "The clients are counted in the audiences' files. --order says anew which audience wins, all types from the first on.")
        @Argument(help: "The offer.", transform: AudienceCommand.offer) var id: OfferID
        @Option(parsing: .upToNextOption, help: "The types of all audiences, the winning one first.") var order: [String] = []
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @Option(help: "Where the audiences' files lie; audience.sharedDirectory, or below the log's folder, unless given.")
        var shared: String?
        @OptionGroup var settings: SettingsOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func validate() throws {
            if !order.isEmpty, at != nil { throw ValidationError("--order and --at do not go together: the past stays as it was") }
        }

        func run(in session: Session) async throws {
            let configuration = try settings.load(beside: [options] + outerOptions, flags: [("audience.sharedDirectory", shared)])
            let application = try session.open(configuration.log, for: order.isEmpty ? .reading : .writing)
            if !order.isEmpty {
                let handler = CommandHandler(log: application.log, clock: application.clock, identities: RandomIdentities())
                try await handler.handle(
                    Offer.self, .order(order, at: application.clock.now()), on: id.stream,
                    metadata: EventMetadata(actor: session.actor))
            }
            let position = try await at?.position(in: application.log)
            guard
                let offer = try await application.openOfferDesk(sharedDirectory: configuration.audience.sharedDirectory).offer(
                    id, at: position)
            else {
                throw RollbackError.unknown("offer \(id)")
            }
            await application.close()
            var facts = [("offer", offer.id.description)]
            if let title = offer.title { facts.append(("title", title)) }
            for audience in offer.audiences {
                let sizes = audience.clients.map { "\($0) clients, \(audience.assigned ?? 0) assigned" } ?? "\(audience.rows) rows"
                facts.append(("audience", "\(audience.precedence)  \(audience.type)  \(sizes)"))
            }
            for overlap in offer.overlaps ?? [] where overlap.clients > 0 {
                facts.append(("overlap", "\(overlap.types.joined(separator: " and "))  \(overlap.clients) clients"))
            }
            if let resolved = offer.resolved { facts.append(("clients", "\(resolved.clients), \(resolved.inSeveral) in several")) }
            if let reason = offer.unresolved { facts.append(("uncounted", reason)) }
            try Printer.printOne(offer, facts: facts, format: session.format)
        }
    }

    struct Assignment: GroupedCommandLine {
        static let configuration = CommandConfiguration(
            abstract: "Each client of an offer with the audience that wins, as CSV on standard output.")
        @Argument(help: "The offer.", transform: AudienceCommand.offer) var id: OfferID
        @Option(help: "As of then: an instant, or position:N.", transform: Arguments.moment) var at: Moment?
        @Option(help: "Where the audiences' files lie; audience.sharedDirectory, or below the log's folder, unless given.")
        var shared: String?
        @OptionGroup var settings: SettingsOptions
        @OptionGroup var options: CommonOptions
        @ParentCommand var group: AudienceCommand

        func run(in session: Session) async throws {
            let configuration = try settings.load(beside: [options] + outerOptions, flags: [("audience.sharedDirectory", shared)])
            let application = try session.open(configuration.log, for: .reading)
            let position = try await at?.position(in: application.log)
            guard let row = try await application.openAudienceBoard().offer(id, at: position) else {
                throw RollbackError.unknown("offer \(id)")
            }
            try await application.openOfferDesk(sharedDirectory: configuration.audience.sharedDirectory).assignment(of: row) { piece in
                // Every piece ends with a line.
                try Terminal.write(String(piece.dropLast()))
            }
            try Terminal.flush()
            await application.close()
        }
    }

    private static func offer(_ text: String) throws -> OfferID {
        guard let offer = OfferID(text) else { throw ValidationError("'\(text)' is no offer: \(OfferID.rule)") }
        return offer
    }
}
