import Foundation
import HindsightCore

/// What clients post, over HTTP or past it: call n appends body n to stream n, of so many that are made beforehand and taken in turn.
///
/// A body goes to one stream, without an expected version. A stream gets 20 of them, as in the ``StreamWindow``.
struct Posts {
    /// Events of a body.
    let size: Int
    private let streams: [StreamName]
    private let bodies: [[(data: JSONText, tag: Tag)]]
    private let metadata = JSONText(trusted: Array(Workload.metadata.utf8))

    /// After so many calls the first streams get more.
    private static let calls = 1 << 16
    /// Of all bodies together, or of eight bodies if those are more: few enough to be loaded in no time.
    private static let events = 4_000

    init(of size: Int) throws {
        self.size = size
        var window = StreamWindow()
        streams = try (0..<Self.calls).map { _ in try window.next().name }
        bodies = try (0..<max(8, Self.events / size)).map { body in
            let tag = try StreamWindow.Stream(number: body + 1).tag
            return (0..<size).map { (ChargeAttempted.json(number: body * size + $0, attempt: 1), tag) }
        }
    }

    /// The first calls, for the event log itself.
    func appends(_ count: Int) -> [Append] {
        var ids = AscendingIDs()
        return (0..<count).map { call in
            let events = bodies[call % bodies.count].map { event in
                NewEvent(id: ids.next(), type: ChargeAttempted.type, data: event.data, metadata: metadata, tags: [event.tag])
            }
            return Append([StreamWrite(events, to: streams[call % streams.count])])
        }
    }

    /// Writes for a client the JSON of every body, and the path segment of every stream, a line each.
    func write(bodies bodiesPath: String, streams streamsPath: String) throws {
        let lines = bodies.map { events in
            let array = events.map { event in
                #"{"type":"\#(ChargeAttempted.type)","data":\#(event.data),"metadata":\#(metadata),"tags":["\#(event.tag)"]}"#
            }
            return size == 1 ? array[0] : "[\(array.joined(separator: ","))]"
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: bodiesPath))
        try Data((streams.map(\.description).joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: streamsPath))
    }
}
