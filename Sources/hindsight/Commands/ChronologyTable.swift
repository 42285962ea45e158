import CustomerMDM
import HindsightApp
import HindsightCore

/// Two cards under each policy, as rows of text: one for each time that they were taken for one.
struct ChronologyTable {
    private let chronology: TwinsChronology

    init(_ chronology: TwinsChronology) { self.chronology = chronology }

    /// Policy, expected facts, days, the edge that joined them, and the gap that let it.
    var rows: [[String]] {
        chronology.policies.flatMap { played in
            let head = [played.policy, "\(played.facts - played.failed) of \(played.facts) facts hold"]
            guard !played.unions.isEmpty else {
                return [head + ["never: apart on all \(chronology.occasions.count) occasions"]]
            }
            return played.unions.enumerated().map { index, union in
                (index == 0 ? head : ["", ""]) + [
                    Self.days(union), union.edges.map { "\($0.a) = \($0.b)" }.joined(separator: ", "),
                    union.lapse?.inWords ?? (union.edges.isEmpty ? "a rollback led them back" : "today's rules join them as well"),
                ]
            }
        }
    }

    private static func days(_ union: PairChronology.Union) -> String {
        "\(day(union.from)) … \(union.until.map(day) ?? "")"
    }

    private static func day(_ instant: Timestamp) -> String { String(instant.description.prefix(10)) }
}
