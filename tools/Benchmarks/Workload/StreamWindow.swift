import HindsightCore

/// Which events fill which streams, as workflows do: so many streams are open at a time, and when one has had its 20 events, the next one
/// opens in its place.
///
/// Event n goes to slot n mod width, and each slot begins at another place of its first stream, so that streams close and open one by
/// one. SQLiteLimit/append.c and peer_eventsourcing.py fill theirs in the same pattern.
struct StreamWindow {
    static let eventsPerStream = 20

    struct Stream {
        let name: StreamName
        let tag: Tag
        var version: StreamVersion = 0

        init(number: Int) throws(EventLogError) {
            let identity = hexadecimal(scattered(UInt64(number)))
            name = try StreamName("case-\(identity)")
            tag = try Tag("case:\(identity)")
        }
    }

    private let width: Int
    private var slots: [Stream?]
    private var opened: Int
    private var events = 0

    /// - Parameter opened: Streams that the log has already: the next one opened is another.
    init(width: Int = 256, opened: Int = 0) {
        self.width = width
        self.opened = opened
        slots = Array(repeating: nil, count: width)
    }

    /// The stream of the next event, with the version that the event gets.
    mutating func next() throws(EventLogError) -> Stream {
        let place = events % width
        let turn = events / width + place * Self.eventsPerStream / width
        var stream: Stream
        if let open = slots[place], turn % Self.eventsPerStream != 0 {
            stream = open
        } else {
            opened += 1
            stream = try Stream(number: opened)
        }
        stream.version += 1
        slots[place] = stream
        events += 1
        return stream
    }
}

/// Scatters numbers over identities that look random, as those of real streams do (the finaliser of SplitMix64).
func scattered(_ number: UInt64) -> UInt64 {
    var mixed = number &+ 0x9e37_79b9_7f4a_7c15
    mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
    return mixed ^ mixed >> 31
}

/// Sixteen digits.
func hexadecimal(_ number: UInt64) -> String {
    let digits = String(number, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
}
