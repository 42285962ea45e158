import BillingRetries
import HindsightCore

/// All sagas of billing, as the log tells them so far.
struct BillingFold<Collecting: Saga> where Collecting.Event == InvoiceEvent {
    private(set) var position: Position = 0
    private(set) var collecting: [String: SagaInstance<Collecting>] = [:]
    private(set) var renewing: [String: SagaInstance<RenewalSaga>] = [:]
    /// Those that changed since somebody asked last.
    private var changed: Set<StreamName> = []

    mutating func consume(_ recorded: RecordedEvent) throws {
        position = recorded.position
        if let id = recorded.stream.description.suffix(after: "saga-\(Collecting.name):") {
            collecting[id] = try folded(collecting.removeValue(forKey: id), id, recorded)
        } else if let id = recorded.stream.description.suffix(after: "saga-\(RenewalSaga.name):") {
            renewing[id] = try folded(renewing.removeValue(forKey: id), id, recorded)
        } else if let event = try InvoiceEvent.codec.decode(recorded) {
            for id in Collecting.instances(for: event, in: recorded.stream) {
                collecting[id] = try folded(collecting.removeValue(forKey: id), id, recorded)
            }
        } else if let event = try SubscriptionEvent.codec.decode(recorded) {
            for id in RenewalSaga.instances(for: event, in: recorded.stream) {
                renewing[id] = try folded(renewing.removeValue(forKey: id), id, recorded)
            }
        }
    }

    private mutating func folded<S: Saga>(_ known: SagaInstance<S>?, _ id: String, _ recorded: RecordedEvent) throws -> SagaInstance<S> {
        var instance = try known ?? SagaInstance<S>(id: id)
        try instance.consume(recorded)
        changed.insert(instance.stream)
        return instance
    }

    /// Sagas that nothing will ever bring on, among those that changed since the last call.
    mutating func takeStuck() -> [String] {
        defer { changed = [] }
        let stuck =
            collecting.values.filter { changed.contains($0.stream) && $0.wakeUp == .nothing }.map(\.stream)
            + renewing.values.filter { changed.contains($0.stream) && $0.wakeUp == .nothing }.map(\.stream)
        return stuck.map { "after position \(position), nothing will ever bring \($0) on" }.sorted()
    }
}

extension String {
    fileprivate func suffix(after prefix: String) -> String? { hasPrefix(prefix) ? String(dropFirst(prefix.count)) : nil }
}
