package dev.mneme.hook;

import java.io.IOException;
import java.net.Socket;

/// Closes a socket at the deadline: a write to a daemon that does not read has no timeout.
final class SocketCutter implements Runnable {

    private final Socket socket;
    private final long deadlineNanos;
    private boolean over;

    private SocketCutter(Socket socket, long deadlineNanos) {
        this.socket = socket;
        this.deadlineNanos = deadlineNanos;
    }

    static SocketCutter start(Socket socket, long deadlineNanos) {
        SocketCutter cutter = new SocketCutter(socket, deadlineNanos);
        Thread thread = new Thread(cutter, "mneme-socket-cutter");
        thread.setDaemon(true);
        thread.start();
        return cutter;
    }

    synchronized void end() {
        over = true;
        notifyAll();
    }

    @Override
    public void run() {
        try {
            if (deadlinePasses()) {
                socket.close();
            }
        } catch (IOException | InterruptedException ended) {
            return;
        }
    }

    private synchronized boolean deadlinePasses() throws InterruptedException {
        while (!over) {
            long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return true;
            }
            wait(left);
        }
        return false;
    }
}
