package import HindsightCore

/// A job with what follows from the others: whom it waits for, and when it will be ready.
package struct JobView: Sendable, Equatable {
    package let row: JobRow
    package let place: SessionQueue.Place?
    /// When the last paragraph should be over; `nil` while that can't be told.
    package let eta: Timestamp?
    /// Why it does not go on now; `nil` while it does, as far as anybody knows.
    package let delay: JobDelay?

    /// - Parameters:
    ///   - usual: How long each paragraph takes, by its id.
    package init(_ row: JobRow, in queue: SessionQueue, usual: [String: Duration], delay: JobDelay? = nil) {
        self.delay = delay
        self.row = row
        place = queue.place(of: row)
        eta = Self.eta(of: row, usual)
    }

    /// From the rows alone, so that a view of the past is what was shown then: what is late has a time that has passed.
    private static func eta(of row: JobRow, _ usual: [String: Duration]) -> Timestamp? {
        guard row.status == .running else { return nil }
        let left = row.paragraphs.filter { $0.enabled && $0.status != "FINISHED" }
        guard let current = left.first(where: { $0.status == "PENDING" || $0.status == "RUNNING" }), let start = current.startedAt else {
            return nil
        }
        var rest = Duration.zero
        for paragraph in left where paragraph.id != current.id {
            // A step that nobody has ever seen ends makes every answer a guess.
            guard let time = usual[paragraph.id] else { return nil }
            rest += time
        }
        guard let end = end(of: current, since: start, usual[current.id]) else { return nil }
        return end.advanced(by: rest)
    }

    private static func end(of current: JobRow.Paragraph, since start: Timestamp, _ usual: Duration?) -> Timestamp? {
        if let usual { return start.advanced(by: usual) }
        // Its first run: what it says of itself is all there is.
        guard let seen = current.progressedAt, current.progress > 0 else { return nil }
        return start.advanced(by: seen.since(start) * 100 / current.progress)
    }
}

extension JobView: Encodable {
    private enum CodingKeys: CodingKey { case waitsFor, ahead, eta, delay }

    package func encode(to encoder: any Encoder) throws {
        try row.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encodeIfPresent(place?.after, forKey: .waitsFor)
        try container.encodeIfPresent(place?.ahead, forKey: .ahead)
        try container.encodeIfPresent(eta, forKey: .eta)
        try container.encodeIfPresent(delay, forKey: .delay)
    }
}
