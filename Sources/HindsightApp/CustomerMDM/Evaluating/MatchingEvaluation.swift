package import CustomerMDM
package import HindsightCore

/// Holds a log's golden records, its reviews and what it held against labels, all as of one position.
package struct MatchingEvaluation: Sendable {
    package struct Report: Sendable, Equatable, Encodable {
        package let position: Position
        package let quality: MatchingQuality
        package let reviews: ReviewLoad.Report
        package let changes: Changes?
    }

    package struct Changes: Sendable, Equatable, Encodable {
        package let confusion: ChangeConfusion
        /// Statements after the last step that the log knows by then, which are not counted.
        package let notPlayed: Int
    }

    package enum Refusal: Error, Equatable, CustomStringConvertible {
        case noCards(Position)
        case notPlayedFrom(file: String)

        package var description: String {
            switch self {
            case .noCards(let position):
                "the log holds no cards as of position \(position): take some in with `hindsight mdm ingest` or `hindsight mdm play`"
            case .notPlayedFrom(let file):
                "the log was not played from \(file): changes are found by the steps that played them, "
                    + "so play the file on a new log with `hindsight mdm play` first"
            }
        }
    }

    private let log: any EventLog
    /// Tells spellings from other values.
    private let profile: Profile

    package init(of log: any EventLog, profile: Profile) {
        (self.log, self.profile) = (log, profile)
    }

    /// - Parameters:
    ///   - cards: One or more, each card once.
    ///   - changes: Of the file that the log was played from.
    ///   - position: One that the log has reached.
    /// - Throws: ``Refusal``; `EventLogError`; `UnreadableEvent`.
    package func report(on cards: [LabelledCard], changes: LabelledChanges? = nil, at position: Position) async throws -> Report {
        if let changes { try await refuseOtherPlays(than: changes) }
        let digest = changes?.digest
        var outcomes = StatementOutcomes(
            of: Dictionary(uniqueKeysWithValues: (changes?.statements ?? []).map { ($0.step, $0.card) }), profile: profile)
        var lastStep = 0
        var goldens: [CardID: GoldenID] = [:]
        var reviews = ReviewLoad()
        let selection = EventSelection(EventFilter(categories: [try Category("card"), try Category("review")]), until: position)
        try await log.replay(CustomerEvent.codec, selection) { event, recorded in
            switch event {
            case .card(let event):
                switch event {
                case .received(let received): goldens[received.card] = received.golden
                case .assigned(let assigned): goldens[assigned.card] = assigned.to
                case .changed, .changeHeld, .changeWithdrawn, .changeAccepted, .changeRefused, .pastValueOpened, .pastValueWithdrawn,
                    .pastValueClosed, .dropped:
                    break
                }
                reviews.follow(event)
                guard let digest else { return }
                let step = try CardStreamPlayer.step(in: JSON.decode(EventMetadata.self, from: recorded.metadata), of: digest)
                lastStep = max(lastStep, step ?? 0)
                outcomes.follow(event, of: step)
            case .review(let event): reviews.follow(event)
            case .golden, .separation, .pair, .analysis, .run, .settings: break
            }
        }
        guard !goldens.isEmpty else { throw Refusal.noCards(position) }
        return Report(
            position: position, quality: MatchingQuality(of: cards, in: goldens), reviews: reviews.report,
            changes: changes.map { changes in
                let played = changes.statements.filter { $0.step <= lastStep }
                return Changes(
                    confusion: ChangeConfusion(played.lazy.map { ($0.label, outcomes[$0.step]) }),
                    notPlayed: changes.statements.count - played.count)
            })
    }

    /// A play begins on an empty log, so its first event tells from which file.
    private func refuseOtherPlays(than changes: LabelledChanges) async throws {
        guard let first = try await log.read(EventSelection(limit: 1)).first,
            CardStreamPlayer.step(in: try first.metadata.decoded(as: EventMetadata.self), of: changes.digest) != nil
        else { throw Refusal.notPlayedFrom(file: changes.file) }
    }
}
