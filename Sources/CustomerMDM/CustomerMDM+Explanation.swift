package import HindsightCore

extension CustomerMDM {
    /// Why an event came about: what decided it, the reason, and what gave way to it. Only what the event itself knows; who acted stands in
    /// its metadata. What lost may be a personal value, as in the event.
    package typealias Explanation = (by: String?, reason: String?, lost: [(value: String, reason: String)])

    /// `nil` for an event of another domain, and for one whose data was erased.
    package static func explanation(of recorded: RecordedEvent) throws(UnreadableEvent) -> Explanation? {
        if let event = try IngestEvent.codec.decode(recorded) { return explanation(of: event) }
        return try CustomerEvent.codec.decode(recorded).map { explanation(of: $0) }
    }

    private static func explanation(of event: IngestEvent) -> Explanation {
        switch event {
        case .pageTaken(let page): ("ingest \(page.ingest)", "rows up to line \(page.line - 1) were taken in", [])
        case .finished(let finished): ("ingest \(finished.ingest)", "\(finished.tally.rows) rows were taken in or rejected", [])
        }
    }

    package static func explanation(of event: CustomerEvent) -> Explanation {
        switch event {
        case .card(let event): explanation(of: event)
        case .golden(let event): explanation(of: event)
        case .separation(.made(let made)): (steward, made.reason, [])
        case .separation(.closed(let closed)): (steward, closed.reason, [("separation \(closed.separation)", closed.reason)])
        case .review(.opened(let opened)): ("rules", opened.kind.rawValue, opened.conflicts.map { ("\($0.a) with \($0.b)", $0.name) })
        case .review(.confirmed(let confirmed)): (steward, confirmed.reason, [])
        case .review(.rejected(let rejected)): (steward, rejected.reason, [])
        case .review(.superseded(let superseded)): (nil, superseded.reason, [])
        case .review(.answered(let answered)): (answered.by, answered.reason, [])
        case .pair(.confirmed(let pair)): ("\(steward), on rule \(pair.rule)", pair.reason, [])
        case .pair(.rejected(let pair)): (steward, pair.reason, [("\(pair.a) with \(pair.b)", pair.reason)])
        case .analysis(.requested(let requested)): (requested.trigger.rawValue, requested.request, [])
        case .analysis(.outdated(let outdated)):
            (nil, "cards of the group were touched meanwhile", [("reading \(outdated.attempt)", "came too late")])
        case .run(.started(let started)): ("run \(started.run)", "cards touched after position \(started.after)", [])
        case .run(.finished(let finished)): ("run \(finished.run)", "\(finished.groups) groups were analysed", [])
        case .settings: (nil, nil, [])
        }
    }

    private static let steward = "steward"

    /// Who decided about a held change.
    private static func judge(_ reason: String) -> String { ReviewPolicy.isReason(reason) ? "review policy" : steward }

    private static func explanation(of event: CardEvent) -> Explanation {
        let source = "source \(event.card.source)"
        return switch event {
        case .received: (source, "the card came in for the first time", [])
        case .changed: (source, "the source states other values", [])
        case .changeHeld(let held):
            (
                source, "the change waits in review \(held.review): \(held.reasons.map(\.rawValue).joined(separator: ", "))",
                held.changes.map { ($0.to ?? "no \($0.attribute)", "\($0.attribute) waits in review \(held.review)") }
            )
        case .changeWithdrawn(let withdrawn): (source, "the source took back what waited in review \(withdrawn.review)", [])
        case .changeAccepted(let accepted): ("\(judge(accepted.reason)), review \(accepted.review)", accepted.reason, [])
        case .changeRefused(let refused): ("\(judge(refused.reason)), review \(refused.review)", refused.reason, [])
        case .pastValueOpened(let past): (nil, "a former value of \(past.attribute) helps matching", [])
        case .pastValueWithdrawn(let past): (nil, "\(past.attribute) has this value again", [])
        case .pastValueClosed(let past): (steward, past.reason, [(past.value, past.reason)])
        case .dropped: (source, "the source no longer has the card", [])
        case .assigned(let assigned):
            (assigned.because.rawValue, assigned.request, [(assigned.from.description, assigned.because.rawValue)])
        }
    }

    private static func explanation(of event: GoldenEvent) -> Explanation {
        switch event {
        case .merged(let merged):
            let rules = Set(merged.edges.compactMap(\.rule)).sorted()
            return (
                rules.isEmpty ? nil : "rules \(rules.joined(separator: ", "))", merged.request,
                merged.absorbed.map { ($0.description, "became part of \(merged.golden)") }
            )
        case .unmergeRequested(let requested): return (steward, requested.reason, [])
        case .unmerged(let unmerged): return (unmerged.kind.rawValue, unmerged.reason, [])
        case .unmergeRefused(let refused): return (nil, refused.reason, [(refused.request, refused.reason)])
        }
    }
}
