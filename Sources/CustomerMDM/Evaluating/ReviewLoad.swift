/// How much work the cards make for stewards, counted over the events of cards and reviews.
package struct ReviewLoad: Sendable {
    package struct Kind: Sendable, Equatable, Encodable {
        package let kind: ReviewKind
        /// Cases of all time.
        package let opened: Int
        /// Those that wait now.
        package let open: Int
    }

    package struct Report: Sendable, Equatable, Encodable {
        /// Cards that came in, and changes of cards that were taken over.
        package let updates: Int
        package let kinds: [Kind]
        package let opened: Int
        package let open: Int
        /// Cases opened for each thousand updates; absent where there were none.
        package let casesPer1000Updates: Double?
    }

    private var updates = 0
    private var opened: [ReviewKind: Int] = [:]
    private var open: [String: ReviewKind] = [:]

    package init() {}

    package mutating func follow(_ event: CardEvent) {
        switch event {
        case .received, .changed: updates += 1
        case .changeHeld(let held): begin(held.review, .suspiciousChange)
        case .changeWithdrawn(let withdrawn): open[withdrawn.review] = nil
        case .changeAccepted(let accepted): open[accepted.review] = nil
        case .changeRefused(let refused): open[refused.review] = nil
        case .pastValueOpened, .pastValueWithdrawn, .pastValueClosed, .dropped, .assigned: break
        }
    }

    package mutating func follow(_ event: ReviewEvent) {
        switch event {
        case .opened(let review): begin(review.review, review.kind)
        case .confirmed(let review): open[review.review] = nil
        case .rejected(let review): open[review.review] = nil
        case .superseded(let review): open[review.review] = nil
        case .answered: break
        }
    }

    private mutating func begin(_ review: String, _ kind: ReviewKind) {
        opened[kind, default: 0] += 1
        open[review] = kind
    }

    package var report: Report {
        let all = opened.values.reduce(0, +)
        return Report(
            updates: updates,
            kinds: ReviewKind.allCases.map { kind in Kind(kind: kind, opened: opened[kind] ?? 0, open: open.values.count { $0 == kind }) },
            opened: all, open: open.count,
            casesPer1000Updates: updates == 0 ? nil : (1_000 * Double(all) / Double(updates)).rounded(toPlaces: 2))
    }
}
