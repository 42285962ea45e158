package import HindsightCore

/// One row for each offer, with its audiences in the order of their precedence.
package struct OfferList: Projection {
    package let name = "offers"
    package let version = 1

    package init() {}

    package func keys(for event: Recorded<OfferEvent>) -> [String] {
        switch event.event {
        case .declared(let declared): [declared.offer.description]
        case .audienceAttached(let attached): [attached.offer.description]
        case .precedenceChanged(let changed): [changed.offer.description]
        }
    }

    package func apply(_ event: Recorded<OfferEvent>, key: String, to row: inout OfferRow?) {
        switch event.event {
        case .declared(let declared):
            row = OfferRow(id: declared.offer, title: declared.title, declaredAt: declared.at)
        case .audienceAttached(let attached):
            row?.audiences.removeAll { $0.type == attached.audienceType }
            row?.audiences.append(
                OfferRow.Audience(
                    type: attached.audienceType, job: attached.job, cashback: attached.cashback, precedence: attached.precedence,
                    path: attached.path, rows: attached.rows, sha256: attached.sha256, attachedAt: attached.at))
            row?.audiences.sort { ($0.precedence, $0.type) < ($1.precedence, $1.type) }
        case .precedenceChanged(let changed):
            let places = Dictionary(changed.order.map { ($0.audienceType, $0.precedence) }) { first, _ in first }
            guard let audiences = row?.audiences else { return }
            row?.audiences = audiences.map { audience in
                var audience = audience
                audience.precedence = places[audience.type] ?? audience.precedence
                return audience
            }
            row?.audiences.sort { ($0.precedence, $0.type) < ($1.precedence, $1.type) }
        }
    }
}

package struct OfferRow: Codable, Sendable, Equatable {
    package struct Audience: Codable, Sendable, Equatable {
        package var type: String
        package var job: JobID
        package var cashback: Cashback?
        package var precedence: Int
        package var path: String
        package var rows: Int
        package var sha256: String
        package var attachedAt: Timestamp
    }

    package var id: OfferID
    package var title: String?
    package var declaredAt: Timestamp
    package var audiences: [Audience] = []
}
