package import HindsightCore

/// Folds the events of one stream, handed over as they were recorded, into what each member of their `data` was last set to.
///
/// A late fact finds its place without the events being sorted: a member is left alone by an event that counts before the one that set it.
/// So a stream of any length takes no more than its members.
package struct StreamFold: Sendable {
    package struct Member: Sendable, Equatable {
        /// `nil` where the event took it away.
        package let value: JSONValue?
        package let event: EventReference
    }

    package let view: StreamView
    /// Those that were taken away as well.
    package private(set) var members: [String: Member] = [:]
    /// The event that counts last; `nil` before the first.
    package private(set) var last: EventReference?
    /// Whether there was any event, in the view or out of it.
    package private(set) var sawEvents = false

    package init(_ view: StreamView) { self.view = view }

    /// The members that there are.
    package var state: JSONValue { .object(members.compactMapValues(\.value)) }

    /// Why there is no state yet.
    ///
    /// - Parameter position: Up to which events were handed over.
    package func missing(_ stream: StreamName, at position: Position?) -> NoSuchStream {
        NoSuchStream(stream: stream, position: position, occurred: sawEvents ? view.occurred : nil)
    }

    /// - Parameter event: Recorded after all that came before.
    package mutating func accept(_ event: borrowing BorrowedEvent) throws {
        sawEvents = true
        guard view.contains(event) else { return }
        let reference = try EventReference(event)
        if last.map({ view.puts(event, after: $0) }) ?? true { last = reference }
        // Erased data says nothing any more.
        guard let data = event.data else { return }
        for (name, value) in try JSON.decode([String: JSONValue].self, from: data) {
            if let member = members[name], !view.puts(event, after: member.event) { continue }
            members[name] = Member(value: value == .null ? nil : value, event: reference)
        }
    }
}
