/// The timers of one saga by their names.
///
/// A list: a saga has one or two timers, and among a hundred thousand that wait each dictionary would be twice its size.
public struct TimerList: Sendable, Hashable, Sequence {
    public typealias Element = (name: String, timer: SagaStanding.Timer)

    private struct Entry: Hashable {
        let name: String
        var timer: SagaStanding.Timer
    }

    private var entries: [Entry] = []

    public var isEmpty: Bool { entries.isEmpty }

    /// The timer that is due first; of several the one whose name comes first.
    public var next: Element? { self.min { ($0.timer.due, $0.name) < ($1.timer.due, $1.name) } }

    public internal(set) subscript(_ name: String) -> SagaStanding.Timer? {
        get { entries.first { $0.name == name }?.timer }
        set {
            let index = entries.firstIndex { $0.name == name }
            switch (newValue, index) {
            case (let timer?, let index?): entries[index].timer = timer
            case (let timer?, nil):
                if entries.isEmpty { entries.reserveCapacity(1) }
                entries.append(Entry(name: name, timer: timer))
            case (nil, let index?):
                entries.remove(at: index)
                if entries.isEmpty { entries = [] }
            case (nil, nil): break
            }
        }
    }

    public func makeIterator() -> AnyIterator<Element> {
        var rest = entries.makeIterator()
        return AnyIterator { rest.next().map { ($0.name, $0.timer) } }
    }
}
