package dev.kseg.app.camera

import android.annotation.SuppressLint
import android.content.Context
import android.graphics.ImageFormat
import android.hardware.camera2.CameraAccessException
import android.hardware.camera2.CameraCaptureSession
import android.hardware.camera2.CameraCharacteristics
import android.hardware.camera2.CameraDevice
import android.hardware.camera2.CameraManager
import android.hardware.camera2.CaptureRequest
import android.media.Image
import android.media.ImageReader
import android.os.Handler
import android.os.HandlerThread
import android.util.Size

/** Frames have at least so many pixels along their shorter side, where the camera can. */
private const val SHORT_SIDE = 480

/** What a camera gives, and how it is set upright. */
class CameraFrame(val yuv: YuvFrame, val sensor: Int, val front: Boolean)

/**
 * Frames of a camera, the newest one whenever there is time for one; the rest is dropped.
 *
 * Called on the main thread; [onFrame] and [onFailure] are called by the camera's own.
 *
 * @param onFrame The frame is gone when it returns.
 * @param onFailure What went wrong, in the system's words; no frame comes afterwards.
 */
class CameraFeed(
    context: Context,
    private val onFrame: (CameraFrame) -> Unit,
    private val onFailure: (String) -> Unit,
) {
    private val manager = context.getSystemService(CameraManager::class.java)
    private var thread: HandlerThread? = null
    private var reader: ImageReader? = null
    private var device: CameraDevice? = null

    /** Whether frames come, or will soon. */
    val running get() = thread != null

    /**
     * Begin; the permission was given.
     *
     * @param front Whether the camera that looks at the person is wanted; where there is none,
     *   another one is taken.
     * @return Whether there is a camera.
     */
    @Synchronized
    fun start(front: Boolean): Boolean {
        if (running) return true
        return try {
            val id = find(front) ?: return false
            open(id)
            true
        } catch (error: CameraAccessException) {
            fail(thread, error.message ?: "not accessible")
            true
        } catch (error: SecurityException) {
            fail(thread, error.message ?: "not allowed")
            true
        } catch (error: IllegalArgumentException) { // Pulled out after it was listed.
            fail(thread, error.message ?: "gone")
            true
        }
    }

    /** End; the camera is free for other apps. */
    @Synchronized
    fun stop() {
        val ending = thread ?: return
        thread = null
        val (oldDevice, oldReader) = device to reader
        device = null
        reader = null
        // On its own thread, behind whatever it does now.
        Handler(ending.looper).post {
            oldDevice?.close()
            oldReader?.close()
        }
        ending.quitSafely()
    }

    private fun find(front: Boolean): String? {
        val usable = manager.cameraIdList.filter { sizes(it).isNotEmpty() }
        return usable.find { isFront(it) == front } ?: usable.firstOrNull()
    }

    private fun isFront(id: String) = manager.getCameraCharacteristics(id)
        .get(CameraCharacteristics.LENS_FACING) == CameraCharacteristics.LENS_FACING_FRONT

    private fun sizes(id: String): List<Size> = manager.getCameraCharacteristics(id)
        .get(CameraCharacteristics.SCALER_STREAM_CONFIGURATION_MAP)
        ?.getOutputSizes(ImageFormat.YUV_420_888).orEmpty().toList()

    @SuppressLint("MissingPermission") // The caller asked for it.
    private fun open(id: String) {
        val size = frameSize(sizes(id))
        val sensor = manager.getCameraCharacteristics(id)
            .get(CameraCharacteristics.SENSOR_ORIENTATION) ?: 0
        val front = isFront(id)
        val own = HandlerThread("camera").apply { start() }
        val handler = Handler(own.looper)
        val images = ImageReader.newInstance(size.width, size.height, ImageFormat.YUV_420_888, 2)
        images.setOnImageAvailableListener({ take(it, sensor, front) }, handler)
        thread = own
        reader = images
        manager.openCamera(id, Opening(own, images, handler), handler)
    }

    private fun take(images: ImageReader, sensor: Int, front: Boolean) {
        if (!gives(images)) return // What still waits when it was stopped: nobody wants it.
        val image = try {
            images.acquireLatestImage()
        } catch (_: IllegalStateException) {
            null // Stopped meanwhile.
        }
        image?.use { onFrame(CameraFrame(yuvOf(it), sensor, front)) }
    }

    @Synchronized
    private fun gives(images: ImageReader) = reader === images

    /** End what [own] began, if it is still going on. */
    private fun fail(own: HandlerThread?, reason: String) {
        synchronized(this) {
            if (thread !== own) return
            stop()
        }
        onFailure(reason)
    }

    /** Whether what [own] began is still going on; then [camera] is its. */
    @Synchronized
    private fun took(own: HandlerThread, camera: CameraDevice): Boolean {
        if (thread === own) device = camera
        return thread === own
    }

    private inner class Opening(
        private val own: HandlerThread,
        private val images: ImageReader,
        private val handler: Handler,
    ) : CameraDevice.StateCallback() {
        override fun onOpened(camera: CameraDevice) {
            if (!took(own, camera)) return camera.close()
            answering {
                camera.createCaptureSession(listOf(images.surface), Capture(camera), handler)
            }
        }

        override fun onDisconnected(camera: CameraDevice) {
            camera.close()
            fail(own, "taken by another app")
        }

        override fun onError(camera: CameraDevice, error: Int) {
            camera.close()
            fail(own, "error $error")
        }

        /** The camera may be gone at any time. */
        private fun answering(ask: () -> Unit) = try {
            ask()
        } catch (error: CameraAccessException) {
            fail(own, error.message ?: "not accessible")
        } catch (error: IllegalStateException) {
            fail(own, error.message ?: "closed")
        }

        private inner class Capture(private val camera: CameraDevice) :
            CameraCaptureSession.StateCallback() {
            override fun onConfigured(session: CameraCaptureSession) = answering {
                val request = camera.createCaptureRequest(CameraDevice.TEMPLATE_PREVIEW)
                request.addTarget(images.surface)
                val focus = CaptureRequest.CONTROL_AF_MODE_CONTINUOUS_PICTURE
                request.set(CaptureRequest.CONTROL_AF_MODE, focus)
                session.setRepeatingRequest(request.build(), null, handler)
            }

            override fun onConfigureFailed(session: CameraCaptureSession) =
                fail(own, "not configured")
        }
    }
}

/** The smallest size that is not too small; where all are, the largest. */
internal fun frameSize(sizes: List<Size>): Size {
    val (enough, small) = sizes.partition { minOf(it.width, it.height) >= SHORT_SIDE }
    fun area(size: Size) = size.width.toLong() * size.height
    return enough.minByOrNull(::area) ?: small.maxBy(::area)
}

private fun yuvOf(image: Image): YuvFrame {
    val (y, u, v) = image.planes.map { Plane(it.buffer, it.rowStride, it.pixelStride) }
    return YuvFrame(image.width, image.height, y, u, v)
}
