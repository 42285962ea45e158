import HindsightCore

/// Instances by their names, each in a place of its own: a table of a hundred thousand has room for as many again, which is only pointers.
struct InstanceTable<S: Saga> {
    private final class Place {
        let instance: SagaInstance<S>
        init(_ instance: SagaInstance<S>) { self.instance = instance }
    }

    private var places: [String: Place] = [:]

    subscript(_ id: String) -> SagaInstance<S>? {
        get { places[id]?.instance }
        set { places[id] = newValue.map { Place($0) } }
    }

    /// In the order of their names.
    var ids: [String] { places.keys.sorted() }
}
