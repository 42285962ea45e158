package import HindsightCore

/// Why a field of a stream has the value that it has: the events that said something about it, in the order in which they were recorded.
package struct StreamExplanation: Sendable, Equatable, Encodable {
    package enum Standing: String, Sendable, Encodable {
        /// The field has its value.
        case stands
        /// It had, until another event took its place.
        case overwritten
        /// It never had: when it was recorded, one that occurred later stood there already.
        case late
    }

    package struct Link: Sendable, Equatable, Encodable {
        package let event: EventReference
        /// What the field was when the event was recorded; `nil` for nothing.
        package let before: JSONValue?
        /// What the event says; `nil` where it takes the value away.
        package let value: JSONValue?
        package fileprivate(set) var standing: Standing
        /// The position of the event that took its place.
        package fileprivate(set) var by: Position?
        /// Whether it was recorded after one that occurred later, whichever of them stands in this view.
        package let late: Bool
        /// The position of the one that occurred last among those recorded before.
        package let behind: Position?
    }

    package let stream: StreamName
    package let field: FieldPointer
    package let view: String
    package let occurred: Timestamp?
    /// What the field is; `nil` for nothing.
    package private(set) var value: JSONValue?
    /// The latest ones, and always the one that stands.
    package private(set) var chain: [Link] = []
    /// How many earlier ones are left out.
    package private(set) var omitted = 0

    /// - Parameters:
    ///   - position: What was recorded later is not known.
    ///   - limit: How long the chain gets.
    /// - Throws: ``NoSuchStream``; ``NoSuchField``.
    package init(
        of field: FieldPointer, of stream: StreamName, at position: Position?, as view: StreamView = .recorded, limit: Int = .max,
        in log: some EventLog
    ) async throws {
        (self.stream, self.field) = (stream, field)
        (self.view, occurred) = (view.name, view.occurred)
        var builder = Builder(field: field, view: view, limit: limit)
        try await log.scan(EventSelection(EventFilter(stream: stream), until: position)) { try builder.accept($0) }
        guard builder.sawEvents else { throw NoSuchStream(stream: stream, position: position) }
        guard let standing = builder.standing else { throw NoSuchField(stream: stream, field: field) }
        value = builder.chain[standing].value
        chain = builder.chain
        omitted = builder.omitted
    }

    private struct Builder {
        let field: FieldPointer
        let view: StreamView
        let limit: Int
        private(set) var sawEvents = false
        private(set) var chain: [Link] = []
        private(set) var omitted = 0
        /// In the chain.
        private(set) var standing: Int?
        /// The one that occurred last so far.
        private var latest: (occurredAt: Timestamp, position: Position)?

        init(field: FieldPointer, view: StreamView, limit: Int) { (self.field, self.view, self.limit) = (field, view, limit) }

        mutating func accept(_ event: borrowing BorrowedEvent) throws {
            sawEvents = true
            guard view.contains(event), let data = event.data,
                let said = try JSON.decode([String: JSONValue].self, from: data)[field.member]
            else { return }
            let isLate = latest.map { event.occurredAt < $0.occurredAt } ?? false
            let takesPlace = standing.map { view.puts(event, after: chain[$0].event) } ?? true
            let before = standing.flatMap { chain[$0].value }
            if takesPlace, let standing {
                chain[standing].standing = .overwritten
                chain[standing].by = event.position
            }
            if takesPlace { standing = chain.count }
            chain.append(
                Link(
                    event: try EventReference(event), before: before, value: field.value(in: said == .null ? nil : said),
                    standing: takesPlace ? .stands : .late, late: isLate, behind: isLate ? latest?.position : nil))
            if !isLate { latest = (event.occurredAt, event.position) }
            if chain.count > limit { omitOldest() }
        }

        private mutating func omitOldest() {
            let place = standing == 0 ? 1 : 0
            chain.remove(at: place)
            omitted += 1
            if let standing, standing > place { self.standing = standing - 1 }
        }
    }
}
