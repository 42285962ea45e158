/// How much has been done by those who act at the same time: what paces those who look.
actor Bustle {
    /// Some ten times what a run takes: beyond it somebody waits for what doesn't come.
    private static let most = 20_000
    private var acts = 0
    private var waiting: [(acts: Int, continuation: CheckedContinuation<Void, Never>)] = []
    /// Whether those who act may stop.
    private(set) var isOver = false

    func acted() throws {
        acts += 1
        guard acts <= Self.most else { throw ServerProcess.Failure(description: "after \(Self.most) acts the jobs have not ended") }
        for waiter in waiting where waiter.acts <= acts { waiter.continuation.resume() }
        waiting.removeAll { $0.acts <= acts }
    }

    /// Waits until so much more has been done.
    func further(_ count: Int) async {
        let wanted = acts + count
        guard count > 0, !isOver else { return }
        await withCheckedContinuation { waiting.append((wanted, $0)) }
    }

    func end() {
        isOver = true
        for waiter in waiting { waiter.continuation.resume() }
        waiting = []
    }
}
