import ArgumentParser

/// A group of measurements over HTTP, with those of the event log that they are held against.
enum HTTPPart: String, CaseIterable, ExpressibleByArgument {
    case idle, single, batches, reads, live

    /// How many events the calls of it append; none where it does not post.
    var sizes: [Int] {
        switch self {
        case .single: [1]
        case .batches: [100, 1_000]
        case .idle, .reads, .live: []
        }
    }
}
