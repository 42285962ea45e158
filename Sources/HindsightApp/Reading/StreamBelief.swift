package import HindsightCore

/// What was believed of a stream on a day, beside what is known of that day since: "on 3 May we believed X; today we know that it was Y".
///
/// Both sides tell what had occurred by the same instant. They differ in what was recorded: by that instant itself, and by a later position.
package struct StreamBelief: Sendable, Equatable, Encodable {
    package struct Field: Sendable, Equatable, Encodable {
        package let field: FieldPointer
        package let on: Timestamp
        /// `nil` where nothing was believed.
        package let believed: JSONValue?
        package let known: JSONValue?
        package let differs: Bool
        /// The event that the belief rested on.
        package let believedBy: EventReference?
        package let knownBy: EventReference?
    }

    package let stream: StreamName
    package let on: Timestamp
    /// The last position recorded by then.
    package let believedAt: Position
    /// The position of what is known since.
    package let knownAt: Position
    package let fields: [Field]

    /// - Parameters:
    ///   - field: Only this one.
    ///   - believedAt: The last position recorded by `on`.
    ///   - knownAt: Not before it.
    /// - Throws: ``NoSuchStream`` if nothing is known of that day; ``NoSuchField``.
    package init(
        of stream: StreamName, field: FieldPointer? = nil, on: Timestamp, believedAt: Position, knownAt: Position, in log: some EventLog
    ) async throws {
        precondition(believedAt <= knownAt, "what is known since is known later")
        (self.stream, self.on, self.believedAt, self.knownAt) = (stream, on, believedAt, knownAt)
        var believed = StreamFold(.occurred(by: on))
        var known = believed
        try await log.scan(EventSelection(EventFilter(stream: stream), until: knownAt)) { event in
            if event.position <= believedAt { try believed.accept(event) }
            try known.accept(event)
        }
        guard known.last != nil else { throw known.missing(stream, at: knownAt) }
        func compare(_ field: FieldPointer) -> Field {
            let (then, now) = (believed.members[field.member], known.members[field.member])
            let values = (field.value(in: then?.value), field.value(in: now?.value))
            return Field(
                field: field, on: on, believed: values.0, known: values.1, differs: values.0 != values.1, believedBy: then?.event,
                knownBy: now?.event)
        }
        if let field {
            // Whatever was believed is known as well.
            guard known.members[field.member] != nil else { throw NoSuchField(stream: stream, field: field) }
            fields = [compare(field)]
        } else {
            fields = known.members.keys.sorted().map { compare(FieldPointer(member: $0)) }.filter { $0.believed != nil || $0.known != nil }
        }
    }
}
